// What this page notes, so that a server that lies is caught. It cannot open or make a message; but it can repeat,
// leave out, swap and relabel what it has, say that it stored what it did not, or begin anew. securechat/sealed/ledger.py
// has the same, and both say the same (tests/vectors_sealed/ledger.json). What nobody can see: the newest messages
// withheld, the first ones of somebody who is new here, and two groups kept apart.

import { containedName } from "./contained.js";
import { FOREIGN, NEWER } from "./said.js";

const STARTED_AGAIN = "The server has started again. What it had is gone; what you see here stays until you leave.";
const RELABELLED = "The server said that somebody else sent this.";
const NOT_FROM_HERE = "This was not sent from here, although it says so.";
export const NOT_SHOWN = "The server said that it has your message, but did not show it.";
export const NOT_YOUR_KEY = "This was not made with your key. Compare keys, or ask for the link again.";
const OTHERS = {
  [FOREIGN]: "no name, no number: made by another program",
  [NEWER]: "This comes from a newer SecureChat.",
};
const repeated = (whose) => `The server sent an earlier message${whose} again. It is not shown twice.`;
const comeAgain = (whose, name) =>
  `An earlier message${whose} came again. It is not shown twice.${name && ` After a bad connection ${name} may have sent it again; or the server did.`}`;
const swapped = (name) => `The server changed the order: this message of ${name} was written earlier.`;
const missing = (count, name) =>
  count === 1 ? `1 message of ${name} is missing.` : `${count.toLocaleString("en")} messages of ${name} are missing.`;
const closed = (count) => `${count.toLocaleString("en")} ${count === 1 ? "message" : "messages"} that your key does not open.`;

// For how many messages a server remembers what a client called one. Sent again later, as its answer was lost, it is
// stored twice, and the server has not lied.
const REMEMBERED = 200;

// Of each thing that comes it finds { isNew, says, unsent }: whether it is a message that is to be shown, sentences about
// it, and the numbers of own messages that count as not sent.
export class Ledger {
  // pair: nothing in a room whose name is made from its key; else { byOf }: says what stands in the messages of a sender.
  // There both have been from the start: the first message of each has the number 1.
  constructor(me, pair) {
    Object.assign(this, { me, byOf: pair?.byOf ?? ((sender) => sender), isWhole: Boolean(pair), epoch: null, lastId: 0, closed: 0, opensOthers: false });
    this.mine = new Set(); // tokens that were made here
    this.seen = new Map(); // epoch and id of each message, by visit and number
    this.senders = new Map(); // by visit: the numbers that came, over a base
    this.waiting = new Map(); // own numbers by the ids that they have, says the server
    this.shown = new Set(); // own numbers, with each id that they came under
  }

  sealed(token) {
    this.mine.add(token);
  }

  // A client hears of the messages before it hears of the room: it keeps them until then.
  room({ epoch, first_id: firstId }) {
    if (epoch === this.epoch) {
      // What fell out of the room before it could be shown is no lie.
      for (const id of this.waiting.keys()) if (id < firstId) this.waiting.delete(id);
      return { says: [], unsent: [] };
    }
    const found = { says: this.lastId ? [STARTED_AGAIN] : [], unsent: [...this.waiting.values()] };
    Object.assign(this, { epoch, lastId: 0, waiting: new Map(), shown: new Set() });
    return found;
  }

  // opened: what readSaid returned; null where the key does not open the token.
  message({ id, sender, token }, opened) {
    const isLater = id > this.lastId;
    this.lastId = Math.max(id, this.lastId);
    const { says, unsent } = this.checkWaiting(id, token, opened);
    if (opened === null) {
      if (isLater) this.closed += 1;
      return { isNew: false, says, unsent };
    }
    const isSaid = typeof opened === "object";
    const isForged = isSaid && opened.by === this.me && !this.mine.has(token);
    if (isSaid && this.mine.has(token)) this.shown.add(`${opened.n} ${id}`);
    const key = isSaid && !isForged ? `${opened.by} ${opened.n}` : token;
    const before = this.seen.get(key);
    if (before?.epoch === this.epoch && before.id !== id) {
      const name = isSaid ? containedName(opened.name) : "";
      says.push((id - before.id > REMEMBERED ? comeAgain : repeated)(name && ` of ${name}`, name));
      return { isNew: false, says, unsent };
    }
    this.seen.set(key, { epoch: this.epoch, id });
    if (before) return { isNew: false, says, unsent };
    if (!isSaid || opened.by !== this.me) this.opensOthers = true;
    return { isNew: true, says: [...says, ...this.about(sender, opened, isForged)], unsent };
  }

  about(sender, opened, isForged) {
    if (typeof opened !== "object") return [OTHERS[opened]];
    const { by, n } = opened;
    const says = isForged ? [NOT_FROM_HERE] : [];
    if (this.byOf(sender) !== by) says.push(RELABELLED);
    if (by === this.me) return says;
    const name = containedName(opened.name);
    // What came before is unknown: a server that has started again lost it, and is honest.
    const base = this.isWhole ? 0 : n - 1;
    const them = this.senders.get(by) ?? { base, top: n, came: new Set() };
    this.senders.set(by, them);
    if (n < them.top) says.push(swapped(name));
    Object.assign(them, { name, top: Math.max(them.top, n), base: Math.min(them.base, n - 1) });
    them.came.add(n);
    return says;
  }

  // The server says that it has stored an own message: the nth of this visit, under an id.
  stored(n, id) {
    if (this.shown.has(`${n} ${id}`)) return { says: [], unsent: [] };
    if (id <= this.lastId) return { says: [NOT_SHOWN], unsent: [n] };
    this.waiting.set(id, n);
    return { says: [], unsent: [] };
  }

  // The nth own message was said to be stored, and was not shown for too long.
  notShown(n) {
    const late = [...this.waiting].filter(([, waiting]) => waiting === n);
    for (const [id] of late) this.waiting.delete(id);
    return late.length > 0 ? { says: [NOT_SHOWN], unsent: [n] } : { says: [], unsent: [] };
  }

  // What was said to be stored should have come by now.
  checkWaiting(id, token, opened) {
    if (this.mine.has(token) && opened?.n === this.waiting.get(id)) this.waiting.delete(id);
    const late = [...this.waiting].filter(([shown]) => shown <= id).sort(([one], [other]) => one - other);
    for (const [shown] of late) this.waiting.delete(shown);
    return { says: late.length > 0 ? [NOT_SHOWN] : [], unsent: late.map(([, n]) => n) };
  }

  // What holds now and may change.
  get standing() {
    const gaps = [...this.senders.values()].map(({ name, top, base, came }) => [top - base - came.size, name]);
    const says = gaps.filter(([count]) => count > 0).map(([count, name]) => missing(count, name));
    if (this.closed > 0) says.push(closed(this.closed));
    if (this.closed > 0 && !this.opensOthers) says.push(NOT_YOUR_KEY);
    return says;
  }
}
