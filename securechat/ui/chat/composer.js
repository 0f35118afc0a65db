// Where a message is typed. A sent text leaves the box at once and is kept until the server says that it is stored. It
// goes by the feed, or, where that cannot be reached, by Streamlit; each message has a name of its own, under which
// it can be sent again, either way, without being stored twice. One is on its way at a time. What is not taken comes
// back into the box, and all that waits behind it, before anything typed since. What is said over the box goes when it
// no longer holds.

import { handOver } from "./fallback.js";
import { leaving } from "./leaving.js";

const UNANSWERED = 2_500; // milliseconds until a message without an answer is sent again
const TRIES = 3;
const COMPOSED = 100; // milliseconds after a composition in which an Enter may be the one that ended it
const SILENT = "Not sent: the server does not answer. Your text is kept; press Enter to try again.";
const NOW = "You can send now.";
const OPENED = 3_000; // milliseconds after which a room that was closed a moment ago is looked at again
const OPENING = new Set(["WritingLocked", "WritingReserved"]); // refusals that end when the room is open
// Outlives the component: Streamlit may draw the page anew, and nothing half-written should go.
const drafts = (globalThis.securechatDrafts ??= new Map());

export function startComposer(form, room, data, { setTriggerValue }) {
  makeRoomForKeyboard();
  form.hidden = false;
  const box = form.querySelector("textarea");
  const key = `${room.name} ${data.sender}`;
  if (!drafts.has(key)) drafts.set(key, newDraft());
  const draft = drafts.get(key);
  draft.room = room;
  draft.ask = () => leaving.now || setTriggerValue("behind", Date.now());

  const write = (text) => { box.value = draft.text = text; };
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  };
  const show = () => {
    const element = form.querySelector(".sc-refusal");
    const said = draft.closed ? `${draft.closed}${box.value && " What you type is kept."}` : draft.note;
    if (element.textContent !== said) element.textContent = said;
    if (element.hidden !== !said) element.hidden = !said;
    element.classList.toggle("sc-good", said === NOW);
    form.querySelector("button").setAttribute("aria-disabled", String(Boolean(draft.closed)));
    fit();
  };
  // ends: when that no longer holds: after so many seconds, or when the room is "open" or there is an "answer".
  const say = (note, ends = "") => {
    clearTimeout(draft.noteTimer);
    Object.assign(draft, { note, ends });
    const wait = ends === "open" ? OPENED : 1_000 * Number(ends); // an "answer" is no number
    if (wait) draft.noteTimer = setTimeout(() => draft.end(ends), wait);
    show();
  };
  draft.end = (ends) => {
    if (draft.ends === ends && !draft.closed) say(NOW);
  };
  // Whether one may write here now, and whether what was sent can be sent again, is what the room knows.
  draft.look = () => {
    const way = room.feed.live || room.polls ? `${room.polls} ${room.visits}` : "";
    const isNew = way && way !== draft.way;
    draft.way = way;
    if (isNew) goOn();
    if (draft.ends === "answer" && draft.heardAt !== room.heardAt) draft.end("answer");
    const before = draft.closed;
    draft.closed = room.closed;
    if (before && !draft.closed && (box.value || draft.ends === "open")) say(NOW);
    else if (before !== draft.closed) show();
  };

  draft.post = () => {
    clearTimeout(draft.timer);
    const [message] = draft.queue;
    message.tries += 1;
    if (!draft.room.write(data.sender, message, (answer) => draft.settle(answer))) handOver(message, draft.room, setTriggerValue);
    draft.timer = setTimeout(() => {
      if (draft.room.feed.live) draft.room.feed.disconnect(); // it only seems to be live
      else if (draft.room.polls) draft.ask(); // the page may have lost its session
      if (message.tries < TRIES && !draft.room.offline) draft.post();
      else draft.giveBack(SILENT, "answer");
    }, UNANSWERED);
  };
  // There is a way again: what was not answered goes once more, in order, and what was given back and left alone.
  const goOn = () => {
    if (draft.queue.length > 0) draft.post();
    else if (draft.ends === "answer" && draft.epoch === room.epoch && isUntouched()) send();
    else draft.end("answer");
  };
  draft.giveBack = (reason, ends) => {
    Object.assign(draft, { returned: draft.queue, queue: [], epoch: room.epoch, heardAt: room.heardAt });
    const text = joined(draft.returned);
    const typing = box.value !== "";
    box.setRangeText(typing ? `${text}\n` : text, 0, 0, "preserve");
    if (!typing) box.setSelectionRange(text.length, text.length);
    draft.text = box.value;
    say(reason, ends);
  };
  // answer: a frame of the feed, also where Streamlit brings it.
  draft.settle = ({ client_id: id, type, message, error, retry_after: wait }) => {
    if (id !== draft.queue[0]?.id) {
      if (id === draft.returned[0]?.id && type === "stored") draft.forgive();
      return;
    }
    clearTimeout(draft.timer);
    if (type === "error") {
      draft.queue[0].id = newName(); // it is not stored: what comes of the next try is another answer
      draft.giveBack(message, OPENING.has(error) ? "open" : wait);
      return;
    }
    draft.queue.shift();
    room.ceaseWriting();
    if (box.value) room.tellWriting();
    if (draft.returned.length === 0) say("");
    if (draft.queue.length > 0) draft.post();
  };
  // An answer that came too late: what was given back has been stored after all.
  draft.forgive = () => {
    const untouched = isUntouched();
    draft.returned.shift();
    if (untouched) write(joined(draft.returned));
    if (!untouched || draft.returned.length === 0) say("");
    fit();
  };

  const isUntouched = () => draft.returned.length > 0 && box.value === joined(draft.returned);
  const send = () => {
    if (!box.value || draft.closed) return;
    // Untouched, what was given back keeps its names: some of it may be stored already.
    const again = isUntouched();
    const messages = again ? draft.returned : [{ id: newName(), text: box.value, to: data.to }];
    draft.queue.push(...messages.map(({ id, text, to }) => ({ id, text, to, tries: 0 })));
    draft.returned = [];
    if (draft.queue.length === messages.length) draft.post(); // first of all
    write("");
    fit();
  };

  if (draft.form !== form) {
    draft.form = form;
    box.addEventListener("compositionend", ({ timeStamp }) => { draft.composedAt = timeStamp; });
    write(draft.text);
    show();
  }
  room.show(form, () => draft.look());
  box.placeholder = data.placeholder;
  box.setAttribute("aria-label", data.placeholder);
  box.oninput = ({ inputType }) => {
    const sends = draft.breaks && inputType === "insertLineBreak";
    if (sends) box.setRangeText("", box.selectionStart - 1, box.selectionStart, "end");
    draft.breaks = false;
    draft.text = box.value;
    if (draft.note === NOW) draft.note = "";
    show();
    if (sends) form.requestSubmit();
    else room.tellWriting();
  };
  box.onkeydown = (event) => {
    draft.breaks = false;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    // Safari's Enter that ends a composition, as of Japanese, comes just after its end, and breaks no line.
    // The same from a keyboard that composes every word, as some of Android do, breaks one, and means "send".
    draft.breaks = event.keyCode === 229 && event.timeStamp - draft.composedAt < COMPOSED;
    if (draft.breaks) return;
    event.preventDefault();
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    send();
    box.focus();
  };

  if (data.answer) draft.settle(data.answer);
}

function newDraft() {
  return { text: "", note: "", ends: "", closed: "", way: "", queue: [], returned: [] };
}

// A keyboard on the screen makes the page smaller, and does not cover the box.
function makeRoomForKeyboard() {
  const viewport = document.querySelector("meta[name=viewport]");
  if (viewport && !viewport.content.includes("interactive-widget")) {
    viewport.content += ", interactive-widget=resizes-content";
    addEventListener("resize", () => document.activeElement?.closest(".sc-composer")?.scrollIntoView({ block: "nearest" }));
  }
}

const joined = (messages) => messages.map(({ text }) => text).join("\n");

// Not crypto.randomUUID: that is missing where the page is served without HTTPS, as in most classrooms.
function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
