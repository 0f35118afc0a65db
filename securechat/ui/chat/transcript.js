// The messages of one room as one side sees them. What is drawn already stays as it is, so that neither scroll
// position nor selection is lost.

import { clockTime } from "../clock.js";
import { make, setHidden, setLine, setText } from "../dom.js";
import { copyText, fieldSpans, tokenElement } from "../fields.js";
import { nounFor } from "../wording.js";

const SIDES = new Set(["A", "B"]); // elsewhere, one's own messages look like those of A, others' like those of B
const AT_END = 24; // pixels from the end that still count as being there

// data: see `chat/__init__.py`.
export function showTranscript(root, room, data, { setTriggerValue }) {
  const scroller = root.querySelector(".sc-scroll");
  const list = listOf(root);
  const more = root.querySelector(".sc-more");

  root.hidden = false;
  root.classList.add(`sc-pane-${SIDES.has(data.viewer) ? data.viewer : "A"}`);
  scroller.setAttribute("aria-label", data.label);
  scroller.onscroll = () => {
    if (root.dataset.following === "true" && scroller.scrollTop === scroller.endedAt) return; // by toEnd
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
  list.onkeydown = (event) => moveToMessage(event, list);
  if (!root.observer) {
    root.observer = new ResizeObserver(() => { if (isFollowing(root, scroller)) toEnd(scroller); });
    root.observer.observe(scroller);
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
  scroller.endedAt = scroller.scrollTop;
};
// A frame that has just become lower, as by a notice over the box, does not end the following. Whoever has just scrolled
// up does, also before the browser tells of it.
const isFollowing = (root, scroller) => isAtEnd(scroller)
  || (root.dataset.following === "true" && scroller.scrollTop > (scroller.endedAt ?? 0) - AT_END);

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
  const say = (name, text) => setLine(root.querySelector(`.sc-${name}`), text);
  say("lost", room.lost ? data.lost : "");
  say("dropped", droppedText(room.dropped, data.limit));
  say("empty-title", count ? "" : room.cleared ? "The conversation was cleared." : "Nobody has written yet.");
  say("empty-text", count ? "" : data.empty);
  if (fresh.length > 0) letTabStopAtMessage(list.lastElementChild, list);
  setFollowing(root, follow);
  // Each is told of once, also where all are drawn anew, with their texts or without.
  const told = root.dataset.epoch === room.epoch ? Number(root.dataset.told) : 0;
  const news = fresh.filter(({ id }) => id > told);
  Object.assign(root.dataset, { epoch: room.epoch, told: Math.max(told, newest?.id ?? 0) });
  setHidden(more, follow || count === 0 || (more.hidden && news.length === 0));
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
      if (shown.textContent !== token) shown.replaceWith(drawnToken(token));
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
  if (list.people === room.people && list.names === data.names) return;
  Object.assign(list, { people: room.people, names: data.names });
  for (const item of list.children) {
    setText(item.querySelector("strong"), whose(room.messages[Number(item.dataset.id) - room.firstId], room, data));
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
  const what = nounFor(count, "message is", "messages are");
  return `${count.toLocaleString("en")} older ${what} gone: the room keeps ${limit}.`;
}

// Only one message at a time is on the way of the Tab key: the newest, or where the arrow keys went.
function letTabStopAtMessage(item, list) {
  const set = (stop, tabIndex) => {
    for (const control of stop?.querySelectorAll(".sc-copy, .sc-open") ?? []) control.tabIndex = tabIndex;
  };
  set(list.stop, -1);
  set(item, 0);
  list.stop = item;
}

function moveToMessage(event, list) {
  const item = event.target.closest("li");
  const goal = {
    ArrowUp: item?.previousElementSibling,
    ArrowDown: item?.nextElementSibling,
    Home: list.firstElementChild,
    End: list.lastElementChild,
  }[event.key];
  if (!goal) return;
  event.preventDefault();
  letTabStopAtMessage(goal, list);
  (goal.querySelector(event.target.matches(".sc-copy") ? ".sc-copy" : ".sc-open") ?? goal.querySelector(".sc-copy")).focus();
}

function messageElement({ id, sender, to, sent_at, token, text }, room, data) {
  const own = sender === data.viewer;
  const side = SIDES.has(sender) ? sender : own ? "A" : "B";
  const href = `${room.home}${data.inspector}?message=${id}${room.people ? `&room=${room.name}` : ""}`;
  const action = (tag, name, properties, said) => make(tag, { className: `sc-action ${name}`, tabIndex: -1, ...properties }, said);
  return make("li", { className: `sc-message sc-${side} ${own ? "sc-own" : "sc-other"}`, dataset: { id, epoch: room.epoch } },
    make("div", { className: "sc-head" },
      make("strong", {}, whose({ sender, to }, room, data)),
      make("time", { dateTime: sent_at }, clockTime(sent_at)),
      make("span", { className: "sc-actions" },
        action("button", "sc-copy", { ariaLabel: `Copy the token of message ${id}` }, "Copy"),
        data.inspector && action("a", "sc-open", { href, ariaLabel: `Inspect message ${id}` }, "Inspect"))),
    drawnToken(token),
    room.reads && textElement(text, data.sealed > 0 && id >= data.sealed));
}

// A token with its fields; what stands for one that somebody has deleted from the database has none.
function drawnToken(token) {
  return tokenElement(token, /^[\w-]+=*$/.test(token) ? fieldSpans(token) : []);
}

// What the holder of the key reads; undefined where theirs does not open it. isSealed: whether this server has no key.
function textElement(text, isSealed) {
  const className = text === undefined ? "sc-text sc-unread" : "sc-text";
  return make("p", { className, dir: "auto" }, text ?? (isSealed ? "Sealed: nobody can open this here." : "Your keys do not open this."));
}
