// Where a message is typed. A sent text leaves the box at once and is kept until the server says that it is stored. It
// goes by the feed, or, where that cannot be reached, by Streamlit; each message has a name of its own, under which
// it can be sent again, either way, without being stored twice. One is on its way at a time. What is not taken comes
// back into the box, and all that waits behind it, before anything typed since. What is said over the box goes when it
// no longer holds.

import { setHidden, setLine } from "../dom.js";
import { handOver } from "./fallback.js";
import { leaving } from "./leaving.js";

const UNANSWERED = 2_500; // milliseconds until a message without an answer is sent again
const TRIES = 3;
const COMPOSED = 100; // milliseconds after a composition in which an Enter may be the one that ended it
const SILENT = "Not sent: the server does not answer. Your text is kept; press Enter to try again.";
const NOW = "You can send now.";
const OPENED = 3_000; // milliseconds after which a room that was closed a moment ago is looked at again
const OPENING = new Set(["WritingLocked", "WritingReserved"]); // refusals that end when the room is open
const UNSURE = "StoreUnavailable"; // the refusal of what may be stored all the same
// Outlives the component: Streamlit may draw the page anew, and nothing half-written should go.
const drafts = (globalThis.securechatDrafts ??= new Map());

export function startComposer(form, room, data, { setTriggerValue }) {
  makeRoomForKeyboard();
  const key = `${room.name} ${data.sender}`;
  if (!drafts.has(key)) drafts.set(key, new Draft());
  drafts.get(key).draw({ form, room, data, setTriggerValue });
}

class Draft {
  text = ""; // what stands in the box
  note = ""; // what is said over it
  ends = ""; // when that no longer holds: after so many seconds, when the room is "open", or there is an "answer", or the "database"
  closed = ""; // why nobody may write here just now
  way = ""; // by which messages go, if there is one
  queue = []; // what is to be stored, each with its name; the first is on its way
  returned = []; // what was given back

  // Takes what a run of the page says, which may have drawn another form.
  draw(run) {
    const { form, room, data } = run;
    const isNew = form !== this.form;
    Object.assign(this, run, { box: form.querySelector("textarea") });
    const { box } = this;
    setHidden(form, false);
    if (isNew) {
      box.addEventListener("compositionend", ({ timeStamp }) => { this.composedAt = timeStamp; });
      this.write(this.text);
      this.show();
    }
    box.placeholder = box.ariaLabel = data.placeholder;
    box.oninput = (event) => this.onInput(event);
    box.onkeydown = (event) => this.onKey(event);
    form.onsubmit = (event) => {
      event.preventDefault();
      this.send();
      box.focus();
    };
    room.drafts.add(this);
    room.show(form, () => this.look());
    if (data.answer) this.settle(data.answer);
  }

  // What stands in the box goes out.
  send() {
    if (!this.box.value || this.closed) return;
    // Untouched, what was given back keeps its names: some of it may be stored already.
    const messages = this.isUntouched ? this.returned : [{ id: newName(), text: this.box.value, to: this.data.to }];
    this.queue.push(...messages.map((message) => ({ ...message, tries: 0 })));
    this.returned = [];
    if (this.queue.length === messages.length) this.post(); // first of all
    this.write("");
    this.fit();
  }

  // The first message of the queue goes on its way, once more if it was there already.
  post() {
    clearTimeout(this.timer);
    const { room, data, setTriggerValue, queue: [message] } = this;
    const { id, text, to } = message;
    message.tries += 1;
    const frame = { type: "write", sender: data.sender, text, client_id: id, ...(to && { to }) };
    if (!room.feed.send(frame)) handOver(message, room, setTriggerValue);
    this.timer = setTimeout(() => this.goUnanswered(message), UNANSWERED);
  }

  goUnanswered(message) {
    const { room } = this;
    if (room.feed.live) room.feed.disconnect(); // it only seems to be live
    else if (room.polls && !leaving.now) this.setTriggerValue("behind", Date.now()); // the page may have lost its session
    if (message.tries < TRIES && !room.offline) this.post();
    else this.giveBack(SILENT, "answer");
  }

  // Takes what came of a message: a frame of the feed, also where Streamlit brings it. Others' are let pass.
  settle({ client_id: id, type, message, error, retry_after: wait }) {
    const { room, queue: [first], returned } = this;
    if (first === undefined || first.id !== id) {
      if (type === "stored" && id === returned[0]?.id) this.forgive();
      return;
    }
    clearTimeout(this.timer);
    if (type === "error") {
      const isSure = error !== UNSURE;
      if (isSure) first.id = newName(); // it is not stored: what comes of the next try is another answer
      this.giveBack(message, OPENING.has(error) ? "open" : isSure ? wait : "database");
      return;
    }
    this.queue.shift();
    room.toldWritingAt = -Infinity; // for the others that ended the writing: the next sign of it is due at once
    if (this.box.value) room.tellWriting();
    if (returned.length === 0) this.say("");
    if (this.queue.length > 0) this.post();
  }

  giveBack(reason, ends) {
    const { box, room } = this;
    Object.assign(this, { returned: this.queue, queue: [], epoch: room.epoch, heardAt: room.heardAt });
    const text = joined(this.returned);
    const isTyping = box.value !== "";
    box.setRangeText(isTyping ? `${text}\n` : text, 0, 0, "preserve");
    if (!isTyping) box.setSelectionRange(text.length, text.length);
    this.text = box.value;
    this.say(reason, ends);
  }

  // An answer that came too late: what was given back has been stored after all.
  forgive() {
    const { isUntouched } = this;
    this.returned.shift();
    if (isUntouched) this.write(joined(this.returned));
    if (!isUntouched || this.returned.length === 0) this.say("");
    this.fit();
  }

  get isUntouched() {
    return this.returned.length > 0 && this.box.value === joined(this.returned);
  }

  // Whether one may write here now, and whether what was sent can be sent again, is what the room knows.
  look() {
    const { room } = this;
    const way = room.feed.live || room.polls ? `${room.polls} ${room.visits}` : "";
    const isNew = way && way !== this.way;
    this.way = way;
    if (isNew) this.goOn();
    if (this.ends === "answer" && this.heardAt !== room.heardAt) this.end("answer");
    if (this.isOld && !room.isOld) this.end("database");
    this.isOld = room.isOld;
    const before = this.closed;
    this.closed = room.closed;
    if (before && !this.closed && (this.box.value || this.ends === "open")) this.say(NOW);
    else if (before !== this.closed) this.show();
  }

  // There is a way again: what was not answered goes once more, in order, and what was given back and left alone.
  goOn() {
    if (this.queue.length > 0) this.post();
    else if (this.ends === "answer" && this.epoch === this.room.epoch && this.isUntouched) this.send();
    else this.end("answer");
  }

  say(note, ends = "") {
    clearTimeout(this.noteTimer);
    Object.assign(this, { note, ends });
    const wait = ends === "open" ? OPENED : 1_000 * Number(ends); // a word is no number
    if (wait) this.noteTimer = setTimeout(() => this.end(ends), wait);
    this.show();
  }

  end(ends) {
    if (this.ends === ends && !this.closed) this.say(NOW);
  }

  write(text) {
    this.box.value = this.text = text;
  }

  show() {
    const { form, box, closed } = this;
    const line = form.querySelector(".sc-refusal");
    const said = closed ? `${closed}${box.value && " What you type is kept."}` : this.note;
    setLine(line, said);
    line.classList.toggle("sc-good", said === NOW);
    form.querySelector("button").ariaDisabled = Boolean(closed);
    this.fit();
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }

  onInput({ inputType }) {
    const { form, box } = this;
    const sends = this.breaks && inputType === "insertLineBreak";
    if (sends) box.setRangeText("", box.selectionStart - 1, box.selectionStart, "end");
    this.breaks = false;
    this.text = box.value;
    if (this.note === NOW) this.note = "";
    this.show();
    if (sends) form.requestSubmit();
    else this.room.tellWriting();
  }

  onKey(event) {
    this.breaks = false;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    // Safari's Enter that ends a composition, as of Japanese, comes just after its end, and breaks no line.
    // The same from a keyboard that composes every word, as some of Android do, breaks one, and means "send".
    this.breaks = event.keyCode === 229 && event.timeStamp - this.composedAt < COMPOSED;
    if (this.breaks) return;
    event.preventDefault();
    this.form.requestSubmit();
  }
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
