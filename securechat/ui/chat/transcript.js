// The messages of one room as one side sees them. What is drawn already stays as it is, so that neither scroll
// position nor selection is lost.

import { clockTime } from "../clock.js";
import { copyText, fieldSpans, tokenElement } from "../fields.js";

const SIDES = new Set(["A", "B"]); // elsewhere, one's own messages look like those of A, others' like those of B
const AT_END = 24; // pixels from the end that still count as being there
const observers = new WeakMap(); // one for each transcript on the page; it goes when that goes
const stops = new WeakMap(); // the message of each list that the Tab key stops at
const named = new WeakMap(); // what the names in each list are from
const ends = new WeakMap(); // how far each was scrolled when it was last brought to its end

// data: see `chat/__init__.py`.
export function showTranscript(root, room, data, { setTriggerValue }) {
  const scroller = root.querySelector(".sc-scroll");
  const list = listOf(root);
  const more = root.querySelector(".sc-more");

  root.hidden = false;
  root.classList.add(`sc-pane-${SIDES.has(data.viewer) ? data.viewer : "A"}`);
  scroller.setAttribute("aria-label", data.label);
  scroller.onscroll = () => {
    if (root.dataset.following === "true" && scroller.scrollTop === ends.get(scroller)) return; // by toEnd
    setFollowing(root, isFollowing(root, scroller));
    if (isAtEnd(scroller)) more.hidden = true;
  };
  more.onclick = () => { toEnd(scroller); scroller.focus(); };
  list.onclick = (event) => {
    const item = event.target.closest("li");
    if (event.target.closest(".sc-copy")) {
      copyText(room.messages[Number(item.dataset.id) - room.firstId].token, event.target);
    } else if (event.target.closest(".sc-open") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault(); // stay in this session, in which the presenter may have given the passcode
      setTriggerValue("inspect", Number(item.dataset.id));
    }
  };
  list.onkeydown = (event) => moveFocus(event, list);
  if (!observers.has(root)) {
    observers.set(root, new ResizeObserver(() => { if (isFollowing(root, scroller)) toEnd(scroller); }));
    observers.get(root).observe(scroller);
  }
  room.show(root, () => drawMessages(root, room, data));
}

// The messages stand in a shadow tree: Streamlit's rules that ask what an element holds would have everything around
// them styled anew with each that comes.
function listOf(root) {
  const host = root.querySelector(".sc-messages");
  if (!host.shadowRoot) host.attachShadow({ mode: "open" }).append(host.querySelector("template").content.cloneNode(true));
  return host.shadowRoot.querySelector("ol");
}

// Without a message there is only what to do first, which is read from its beginning: the first message is followed.
const hasMessages = (scroller) => listOf(scroller).childElementCount > 0;
const isAtEnd = (scroller) => !hasMessages(scroller)
  || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END;
const toEnd = (scroller) => {
  scroller.scrollTop = hasMessages(scroller) ? scroller.scrollHeight : 0;
  ends.set(scroller, scroller.scrollTop);
};
// A frame that has just become lower, as by a notice over the box, does not end the following. Whoever has just scrolled
// up does, also before the browser tells of it.
const isFollowing = (root, scroller) => isAtEnd(scroller)
  || (root.dataset.following === "true" && scroller.scrollTop > (ends.get(scroller) ?? 0) - AT_END);

// Written only where it changes: else every message would have the pane styled twice.
function setFollowing(root, follows) {
  if (root.dataset.following !== String(follows)) root.dataset.following = follows;
}

function drawMessages(root, room, data) {
  if (!room.epoch) return; // nothing is known yet
  const scroller = root.querySelector(".sc-scroll");
  const list = listOf(root);
  const more = root.querySelector(".sc-more");
  const first = root.dataset.following === undefined;
  const typesHere = root.closest(".sc-chat").contains(document.activeElement);
  const newest = room.messages.at(-1);
  const isOwn = typesHere && newest?.sender === data.viewer && newest.id > Number(root.dataset.newest);
  const follow = first || isOwn || isFollowing(root, scroller);
  root.dataset.newest = newest?.id ?? 0;
  const kept = follow ? null : [...list.children].find((item) => !isGone(item, room));
  const top = kept?.offsetTop;
  const fresh = update(list, room, data);
  const still = kept?.isConnected ? kept : kept && list.querySelector(`[data-id="${kept.dataset.id}"]`);
  rename(list, room, data);
  const count = room.messages.length;
  say(root.querySelector(".sc-lost"), room.lost ? "The server was restarted. The conversation before that is lost." : "");
  say(root.querySelector(".sc-dropped"), droppedText(room.dropped, data.limit));
  say(root.querySelector(".sc-empty-title"), count ? "" : room.cleared ? "The conversation was cleared." : "Nobody has written yet.");
  say(root.querySelector(".sc-empty-text"), count ? "" : data.empty);
  if (fresh.length > 0) letTabStopAt(list.lastElementChild, list);
  setFollowing(root, follow);
  // Each is told of once, also where all are drawn anew, with their texts or without.
  const told = root.dataset.epoch === room.epoch ? Number(root.dataset.told) : 0;
  const news = fresh.filter(({ id }) => id > told);
  Object.assign(root.dataset, { epoch: room.epoch, told: Math.max(told, newest?.id ?? 0) });
  hide(more, follow || count === 0 || (more.hidden && news.length === 0));
  if (data.announce && !first && news.length > 0) {
    listOf(root).nextElementSibling.textContent = news.length === 1
      ? `New encrypted message from ${room.nameOf(news[0].sender, data.names)}, number ${news[0].id}`
      : `${news.length} new encrypted messages, up to number ${news.at(-1).id}`;
  }
  // Last of all: the browser lays everything out for it, once.
  if (follow) toEnd(scroller);
  else if (still) scroller.scrollTop += still.offsetTop - top; // what is being read stays where it is
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
  if (list.dataset.reads !== `${room.reads}`) { // with their texts, or without: drawn anew
    list.dataset.reads = room.reads;
    list.replaceChildren();
  }
  const last = Number(list.lastElementChild?.dataset.id ?? 0);
  const fresh = room.messages.slice(Math.max(0, last + 1 - room.firstId));
  list.append(...fresh.map((message) => messageElement(message, room, data)));
  return fresh;
}

// Puts right what people are called by now, where anything told of that.
function rename(list, room, data) {
  const before = named.get(list);
  if (before?.people === room.people && before.names === data.names) return;
  named.set(list, { people: room.people, names: data.names });
  for (const item of list.children) {
    const name = whose(room.messages[Number(item.dataset.id) - room.firstId], room, data);
    const shown = item.querySelector("strong");
    if (shown.textContent !== name) shown.textContent = name;
  }
}

function whose({ sender, to }, room, data) {
  const name = room.nameOf(sender, data.names);
  if (to === undefined) return name;
  return to === "" ? `${name} to one person` : `${name} to ${room.nameOf(to, data.names)} alone`;
}

function isGone(item, room) {
  return item.dataset.epoch !== room.epoch || Number(item.dataset.id) < room.firstId;
}

function droppedText(count, limit) {
  if (!count) return "";
  const what = count === 1 ? "1 older message is" : `${count.toLocaleString("en")} older messages are`;
  return `${what} gone: the room keeps ${limit}.`;
}

// Only one message at a time is on the way of the Tab key: the newest, or where the arrow keys went.
function letTabStopAt(item, list) {
  const set = (stop, tabIndex) => {
    for (const control of stop?.querySelectorAll(".sc-copy, .sc-open") ?? []) control.tabIndex = tabIndex;
  };
  set(stops.get(list), -1);
  set(item, 0);
  stops.set(list, item);
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
  time.textContent = clockTime(message.sent_at);
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "sc-action sc-copy";
  copy.tabIndex = -1;
  copy.textContent = "Copy";
  copy.setAttribute("aria-label", `Copy the token of message ${message.id}`);
  const open = document.createElement("a");
  open.className = "sc-action sc-open";
  open.tabIndex = -1;
  open.href = `${room.home}${data.inspector}?message=${message.id}${room.people ? `&room=${room.name}` : ""}`;
  open.textContent = "Inspect";
  open.setAttribute("aria-label", `Inspect message ${message.id}`);
  const actions = document.createElement("span");
  actions.className = "sc-actions";
  actions.append(copy, ...(data.inspector ? [open] : []));
  head.append(sender, time, actions);

  item.append(head, tokenElement(message.token, fieldSpans(message.token)));
  if (room.reads) item.append(textElement(message.text));
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

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
  hide(element, !text);
}

// Written only where it changes: else every message would have all that stands around it styled anew.
function hide(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}
