// What this browser knows of a room: one object, shared by everything on the page that shows it. Messages
// come with the page's runs and by the live feed, in whichever order; both say the same.

import { homeOf, socketAddress } from "./addresses.js";
import { Feed, LOST } from "./feed.js";

const WRITING = 2_000; // milliseconds between two signs that somebody writes
const UNSEEN = 10_000; // milliseconds for which a room that nothing shows stays connected
const TEACHER = "teacher"; // the sender who is in no list of people
const rooms = new Map();
const shown = new WeakMap(); // which rooms something on the page shows now

// name: the room's; page: the path of the page within the app, empty for the front page; ticket: what the feed asks
// for in a room of a class; pass: what tells the feed of the front page's room that it is the presenter; reads:
// whether messages come with their texts, which are kept apart from those without.
function findRoom({ name, page, ticket, pass, reads }) {
  const key = reads ? `${name} read` : name;
  if (!rooms.has(key)) {
    rooms.set(key, new Room(name, homeOf(page), reads, () => rooms.delete(key)));
  }
  const room = rooms.get(key);
  room.takeTicket(ticket ?? pass ?? "", Boolean(pass));
  return room;
}

class Room {
  constructor(name, home, reads, forget) {
    this.name = name;
    this.home = home; // the path of the front page
    this.reads = reads;
    this.forget = forget;
    this.closed = ""; // why nobody here may write just now
    this.isOld = false; // whether all that is here may be old: the server cannot reach its database
    this.people = null; // who is here, in a room of a class: the feed's last word
    this.path = socketAddress(home, `api/rooms/${encodeURIComponent(name)}/live`);
    this.messages = []; // in the order of their ids, without gaps
    this.epoch = "";
    this.past = new Set(); // epochs that are over
    this.firstId = 1;
    this.dropped = 0;
    this.cleared = false;
    this.rewritten = 0; // how often messages got other tokens
    this.lost = false; // whether messages shown here went away with an earlier epoch
    this.toldWritingAt = -Infinity;
    this.views = new Map();
    this.seenAt = performance.now();
    this.timer = setInterval(() => this.check(), 1_000);
    this.polls = false; // whether runs of the page bring what the feed does not
    this.offline = false; // whether nothing comes either way
    this.interval = 0; // milliseconds between two looks of the server
    this.heardAt = performance.now(); // when a run or a look last told of the room
    this.visits = 0; // how often the feed has come up
    this.drafts = new Set(); // which are told what comes of their messages
    this.feed = new Feed({
      address: () => this.feedAddress(),
      onFrame: (frame) => this.onFrame(frame),
      onDown: (code) => {
        if (code === LOST && this.people) this.revision = 0; // the page has to say why
        this.changed();
      },
    });
  }

  // What people call a sender. names: what the page's run knew; of others than the teacher the feed knows more.
  nameOf(sender, names) {
    const known = this.people && sender !== TEACHER ? this.people.people.find(({ id }) => id === sender)?.name : names[sender];
    return known ?? "Somebody removed";
  }

  get lastId() {
    return this.firstId + this.messages.length - 1;
  }

  // Has `draw` called now and with every change of this room, or of others that `root` shows beside it, as long as
  // it is on the page. Rooms that it showed before do not draw it any more; what came with texts goes at once.
  show(root, draw, ...others) {
    const all = [this, ...others];
    for (const room of shown.get(root) ?? []) {
      if (all.includes(room)) continue;
      room.views.delete(root);
      if (room.reads && room.views.size === 0) room.end();
    }
    shown.set(root, all);
    for (const room of all) {
      room.views.set(root, draw);
      room.seenAt = performance.now();
    }
    draw();
  }

  changed() {
    for (const [root, draw] of this.views) {
      if (root.isConnected) draw();
      else this.views.delete(root);
    }
  }

  // Takes what a run of the page or the feed says of the room. areAll: whether these are all of its messages.
  take({ epoch, first_id, dropped, cleared, rewritten, messages, areAll = messages[0]?.id === first_id }) {
    if (this.past.has(epoch)) return; // overtaken by a restart of the server
    if (epoch !== this.epoch) {
      if (this.epoch) this.past.add(this.epoch);
      this.lost ||= this.messages.length > 0;
      Object.assign(this, { epoch, messages: [], firstId: 1, dropped: 0, cleared: false, rewritten: 0 });
    } else if (cleared && !this.cleared) this.lost = false; // what is said of that belongs to what was cleared
    const isOlder = rewritten < this.rewritten;
    if (areAll) this.rewritten = Math.max(rewritten, this.rewritten);
    if (messages.length === 1 && messages[0].id === this.lastId + 1 && first_id === this.firstId) {
      this.messages.push(messages[0]); // as nearly always: one more
      this.changed();
      return;
    }
    const inOrder = isOlder ? [...messages, ...this.messages] : [...this.messages, ...messages];
    const known = new Map(inOrder.map((message) => [message.id, message]));
    if (first_id >= this.firstId) Object.assign(this, { firstId: first_id, dropped, cleared });
    let next = this.firstId;
    this.messages = [];
    while (known.has(next)) this.messages.push(known.get(next++));
    this.changed();
  }

  // Takes what a run or a look tells of the room; where the feed is up, that has the last word.
  hear(told) {
    this.heardAt = performance.now();
    if (told.people && !(this.feed.live && this.people)) this.meet(told.people);
    if (told.closed !== undefined && !this.feed.live) this.closed = told.closed;
    if (told.messages && !this.feed.live) this.isOld = Boolean(told.stale);
    if (told.messages) this.take(told);
    else this.changed();
    this.isBehind = told.last_id > this.lastId; // Streamlit may lose what a run has drawn
  }

  takeTicket(given, isRight) {
    const isNew = isRight && !this.feed.given && this.feed.socket;
    this.feed.take(given);
    if (isNew) this.feed.connectAgain(); // what is open has the right of anybody
  }

  // Where to connect now, to get what is not here yet.
  feedAddress() {
    this.first = []; // messages before the first word about the room
    this.after = this.isStale ? 0 : this.lastId;
    const ticket = this.feed.ticket ? `&ticket=${encodeURIComponent(this.feed.ticket)}` : "";
    return `${this.path}?after=${this.after}&epoch=${this.epoch}${ticket}`;
  }

  onFrame(frame) {
    if (frame.type === "message" && this.first) this.first.push(frame);
    else if (frame.type === "message" && frame.id > this.lastId + 1) this.feed.disconnect(); // fetch what is missing
    else if (frame.type === "message" && frame.id > this.lastId) this.take({ ...this.state(), messages: [frame] });
    else if (frame.type === "room") this.onRoom(frame);
    else if (frame.type === "people") this.meet(frame);
    else if (frame.type === "stored" || frame.type === "error") this.drafts.forEach((draft) => draft.settle(frame));
  }

  onRoom(frame) {
    const messages = this.first ?? [];
    const areAll = this.first !== null && (this.after === 0 || messages[0]?.id === frame.first_id);
    if (this.first) this.visits += 1;
    this.first = null;
    this.feed.rise();
    this.closed = frame.closed ?? "";
    this.isOld = Boolean(frame.stale);
    this.take({ ...frame, messages, areAll });
    this.isStale = frame.epoch === this.epoch && frame.rewritten > this.rewritten;
    if (this.isStale) this.feed.connectAgain();
  }

  // Takes what a run of the page or the feed says of the people.
  meet(people) {
    Object.assign(this, { people, revision: people.revision });
    this.changed();
  }

  // Tells the others that somebody writes here, now and then.
  tellWriting() {
    const now = performance.now();
    if (!this.people || now - this.toldWritingAt < WRITING) return;
    if (this.feed.send({ type: "writing" })) this.toldWritingAt = now;
  }

  state() {
    const { epoch, firstId, dropped, cleared, rewritten } = this;
    return { epoch, first_id: firstId, dropped, cleared, rewritten };
  }

  check() {
    const now = performance.now();
    if ([...this.views.keys()].some((root) => root.isConnected)) this.seenAt = now;
    this.feed.check();
    if (now - this.seenAt > UNSEEN) this.end();
  }

  end() {
    this.forget();
    this.feed.end();
    clearInterval(this.timer);
  }
}

// One copy of this serves the whole page, however often Streamlit loads it.
export const roomOf = (globalThis.securechat ??= { roomOf: findRoom }).roomOf;

// Takes what a run tells of a room, and listens to it from now on.
export function joinRoom(told) {
  const room = roomOf(told);
  room.hear(told);
  room.feed.connect();
  return room;
}
