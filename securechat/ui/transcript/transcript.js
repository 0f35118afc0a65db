// The messages of one room as one side sees them. What is drawn already stays as it is, so that neither scroll
// position nor selection is lost.

const SIDES = new Set(["A", "B"]); // elsewhere, one's own messages look like those of A, others' like those of B
const AT_END = 24; // pixels from the end that still count as being there
const observers = new WeakMap(); // one for each transcript on the page; it goes when that goes

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-transcript");
  const scroller = root.querySelector(".sc-scroll");
  const list = root.querySelector(".sc-list");
  const more = root.querySelector(".sc-more");

  root.classList.add(`sc-pane-${SIDES.has(data.viewer) ? data.viewer : "A"}`);
  root.classList.toggle("sc-alone", data.alone);
  scroller.setAttribute("aria-label", data.label);
  scroller.onscroll = () => {
    root.dataset.following = isAtEnd(scroller);
    if (isAtEnd(scroller)) more.hidden = true;
  };
  more.onclick = () => { toEnd(scroller); scroller.focus(); };
  list.onclick = (event) => {
    const item = event.target.closest("li");
    if (event.target.closest(".sc-copy")) {
      copyText(item.querySelector(".sc-token").textContent, event.target);
    } else if (event.target.closest(".sc-open") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault(); // stay in this session, in which the presenter may have given the passcode
      setTriggerValue("inspect", Number(item.dataset.id));
    }
  };
  list.onkeydown = (event) => moveFocus(event, list);
  if (!observers.has(root)) {
    observers.set(root, new ResizeObserver(() => { if (root.dataset.following === "true") toEnd(scroller); }));
    observers.get(root).observe(scroller);
  }
  withRoom(data, (room) => room.show(root, () => draw(root, room, data)));
}

const isAtEnd = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END;
const toEnd = (scroller) => { scroller.scrollTop = scroller.scrollHeight; };

function draw(root, room, data) {
  if (!room.epoch) return; // nothing is known yet
  const scroller = root.querySelector(".sc-scroll");
  const list = root.querySelector(".sc-list");
  const more = root.querySelector(".sc-more");
  const first = root.dataset.following === undefined;
  const typesHere = root.closest("[class*='st-key-pane_']")?.contains(document.activeElement);
  const newest = room.messages.at(-1);
  const isOwn = typesHere && newest?.sender === data.viewer && newest.id > Number(root.dataset.newest);
  const follow = first || isOwn || isAtEnd(scroller);
  root.dataset.newest = newest?.id ?? 0;
  const kept = follow ? null : [...list.children].find((item) => !isGone(item, room));
  const top = kept?.offsetTop;
  const fresh = update(list, room, data);
  const still = kept?.isConnected ? kept : kept && list.querySelector(`[data-id="${kept.dataset.id}"]`);
  rename(list, room, data);
  const count = room.messages.length;
  setText(root.querySelector(".sc-lost"), room.lost ? "The server was restarted. The conversation before that is lost." : "");
  setText(root.querySelector(".sc-dropped"), droppedText(room.dropped, data.limit));
  setText(root.querySelector(".sc-empty-title"), count ? "" : room.cleared ? "The conversation was cleared." : "Nobody has written yet.");
  setText(root.querySelector(".sc-empty-text"), count ? "" : data.empty);
  if (fresh.length > 0) letTabStopAt(list.lastElementChild, list);
  root.dataset.following = follow;
  if (follow) toEnd(scroller);
  else if (still) scroller.scrollTop += still.offsetTop - top; // what is being read stays where it is
  // Each is told of once, also where all are drawn anew, with their texts or without.
  const told = root.dataset.epoch === room.epoch ? Number(root.dataset.told) : 0;
  const news = fresh.filter(({ id }) => id > told);
  Object.assign(root.dataset, { epoch: room.epoch, told: Math.max(told, newest?.id ?? 0) });
  more.hidden = follow || count === 0 || (more.hidden && news.length === 0);
  if (data.announce && !first && news.length > 0) {
    root.querySelector(".sc-announcer").textContent = news.length === 1
      ? `New encrypted message from ${room.nameOf(news[0].sender, data)}, number ${news[0].id}`
      : `${news.length} new encrypted messages, up to number ${news.at(-1).id}`;
  }
}

// Takes out what is no longer there, appends what is new, and returns the latter.
function update(list, room, data) {
  while (list.firstElementChild && isGone(list.firstElementChild, room)) list.firstElementChild.remove();
  if (Number(list.dataset.rewritten ?? 0) !== room.rewritten) {
    list.dataset.rewritten = room.rewritten;
    for (const item of list.children) {
      const { token } = room.messages[Number(item.dataset.id) - room.firstId];
      const shown = item.querySelector(".sc-token");
      if (shown.textContent !== token) shown.replaceWith(tokenElement(token, fieldSpans(token)));
    }
  }
  if (list.dataset.reads !== `${data.reads}`) { // with their texts, or without: drawn anew
    list.dataset.reads = data.reads;
    list.replaceChildren();
  }
  const last = Number(list.lastElementChild?.dataset.id ?? 0);
  const fresh = room.messages.slice(Math.max(0, last + 1 - room.firstId));
  list.append(...fresh.map((message) => messageElement(message, room, data)));
  return fresh;
}

// Puts right what people are called by now.
function rename(list, room, data) {
  const names = JSON.stringify([room.people?.people.map(({ id, name }) => [id, name]), data.names]);
  if (list.dataset.names === names) return;
  list.dataset.names = names;
  for (const item of list.children) {
    item.querySelector("strong").textContent = whose(room.messages[Number(item.dataset.id) - room.firstId], room, data);
  }
}

function whose({ sender, to }, room, data) {
  const name = room.nameOf(sender, data);
  if (to === undefined) return name;
  return to === "" ? `${name} to one person` : `${name} to ${room.nameOf(to, data)} alone`;
}

function isGone(item, room) {
  return item.dataset.epoch !== room.epoch || Number(item.dataset.id) < room.firstId;
}

function droppedText(count, limit) {
  if (!count) return "";
  const what = count === 1 ? "1 older message has" : `${count.toLocaleString("en")} older messages have`;
  return `${what} fallen out: the room keeps ${limit}.`;
}

// Only one message at a time is on the way of the Tab key: the newest, or where the arrow keys went.
function letTabStopAt(item, list) {
  for (const control of list.querySelectorAll("[tabindex='0']")) control.tabIndex = -1;
  for (const control of item?.querySelectorAll(".sc-copy, .sc-open") ?? []) control.tabIndex = 0;
}

function moveFocus(event, list) {
  const item = event.target.closest("li");
  const goal = {
    ArrowUp: item?.previousElementSibling,
    ArrowDown: item?.nextElementSibling,
    Home: list.firstElementChild,
    End: list.lastElementChild,
  }[event.key];
  if (!goal) return;
  event.preventDefault();
  letTabStopAt(goal, list);
  (goal.querySelector(event.target.matches(".sc-copy") ? ".sc-copy" : ".sc-open") ?? goal.querySelector(".sc-copy")).focus();
}

function messageElement(message, room, data) {
  const item = document.createElement("li");
  item.dataset.id = message.id;
  item.dataset.epoch = room.epoch;
  const own = message.sender === data.viewer;
  const side = SIDES.has(message.sender) ? message.sender : own ? "A" : "B";
  item.className = `sc-message sc-${side} ${own ? "sc-own" : "sc-other"}`;

  const head = document.createElement("div");
  head.className = "sc-head";
  const sender = document.createElement("strong");
  sender.textContent = whose(message, room, data);
  const time = document.createElement("time");
  time.dateTime = message.sent_at;
  time.textContent = new Date(message.sent_at).toLocaleTimeString();
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "sc-action sc-copy";
  copy.tabIndex = -1;
  copy.textContent = "Copy";
  copy.setAttribute("aria-label", `Copy the token of message ${message.id}`);
  const open = document.createElement("a");
  open.className = "sc-action sc-open";
  open.tabIndex = -1;
  open.href = `${room.home}${data.inspector}?message=${message.id}${data.ticket ? `&room=${room.name}` : ""}`;
  open.textContent = "Inspect";
  open.setAttribute("aria-label", `Inspect message ${message.id}`);
  head.append(sender, time, copy, ...(data.inspector ? [open] : []));

  item.append(head, tokenElement(message.token, fieldSpans(message.token)));
  if (data.reads) item.append(textElement(message.text));
  return item;
}

// What the holder of the key reads; undefined where theirs does not open it.
function textElement(text) {
  const element = document.createElement("p");
  element.className = text === undefined ? "sc-text sc-unread" : "sc-text";
  element.dir = "auto";
  element.textContent = text ?? "Your keys do not open this.";
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}
