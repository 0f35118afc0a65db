// One visit to a room: what comes is opened, checked and shown in its order, and what is written goes out.

import { containedName } from "./contained.js";
import { Feed, LOST } from "./feed.js";
import { decrypt, randomBytes } from "./fernet.js";
import { Ledger, NOT_SHOWN } from "./ledger.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { toHex } from "./room_name.js";
import { NEWER, readSaid } from "./said.js";

const MAX_TOKEN = 16_780; // characters: the server stores no longer one

export class Room {
  // cipher: opens and makes tokens; null for somebody without a key. view: see room_view.js. pair: in a pair's room of a
  // class { sender, byOf, namesOf, after, ticket, onTicket, onFrame }: people have ids there, and the server tells their names.
  constructor({ room, cipher, name, view, pair }) {
    const by = pair ? pair.byOf(pair.sender) : toHex(randomBytes(8)); // of this visit
    const sender = pair?.sender ?? by;
    const ledger = new Ledger(by, pair);
    Object.assign(this, { room, cipher, name, view, pair, by, ledger, people: new People(name) });
    Object.assign(this, { isUp: false, held: [], told: [], hasGreeted: false, chain: Promise.resolve() });
    this.feed = new Feed({
      address: () => this.address(),
      onFrame: (frame) => this.onFrame(frame),
      onTicket: pair?.onTicket,
      onDown: (code) => {
        if (code === LOST && pair) return view.lost();
        view.sign(this.hasGreeted ? "offline" : "refused");
        return this.then(() => { [this.isUp, this.told] = [false, []]; });
      },
    });
    const { feed } = this;
    feed.take(pair?.ticket ?? "");
    const say = (note) => view.note(note);
    const onChange = () => view.pending(this.outbox.queue.filter(({ text }) => text));
    this.outbox = new Outbox({ cipher, by, sender, name, ledger, feed, giveBack: view.giveBack, onChange, say });
    this.feed.connect();
    this.timer = setInterval(() => {
      this.feed.check();
      this.then(() => this.outbox.overdue(this.isUp).forEach((found) => this.say(found)));
    }, 1_000);
  }

  address() {
    const { epoch, lastId } = this.ledger;
    const after = Math.max(lastId, this.pair?.after ?? 0);
    return addressOf(this.room, { after, ...(epoch && { epoch }), ...(this.pair && { ticket: this.feed.ticket }) });
  }

  // One thing after the other: a short message is opened sooner than a long one before it.
  then(step) {
    this.chain = this.chain.then(step).catch((error) => this.view.fail(error));
  }

  onFrame(frame) {
    const opened = frame.type === "message" ? this.open(frame.token) : null;
    this.then(async () => this.take(frame, await opened));
  }

  async open(token) {
    if (!this.cipher || token.length > MAX_TOKEN) return null;
    try {
      const plaintext = await decrypt(this.cipher, token);
      return { plaintext, said: readSaid(plaintext) };
    } catch {
      return null;
    }
  }

  take(frame, opened) {
    if (frame.type === "present") this.takePresent(frame);
    else if (frame.type === "room") this.takeRoom(frame);
    else if (frame.type === "message" && !this.isUp) this.held.push([frame, opened]);
    else if (frame.type === "message") this.takeMessage(frame, opened, true);
    else if (frame.client_id) this.outbox.answer(frame);
    else if (frame.type === "sealing" && !this.isUp) this.told.push(frame); // what came under this key is opened first
    else this.pair?.onFrame(frame);
  }

  takePresent({ count }) {
    this.people.count = count;
    this.view.people(this.people);
  }

  // Where a connection begins, the messages come before it.
  takeRoom(frame) {
    const isNew = !this.isUp;
    this.say(this.ledger.room(frame));
    this.isUp = true;
    this.view.closed(frame.closed ?? "");
    this.view.room(frame);
    for (const [message, opened] of this.held.splice(0)) this.takeMessage(message, opened, this.hasGreeted);
    this.showState();
    const told = this.told.splice(0);
    for (const sealing of told) this.pair.onFrame(sealing);
    if (!isNew) return;
    this.feed.rise();
    this.view.sign("live");
    if (this.cipher && !this.pair && !this.hasGreeted) this.outbox.add("");
    else if (told.every(({ since }) => since > 0)) this.outbox.post(); // else this key is of no use any more
    this.hasGreeted = true;
  }

  // isNews: whether it comes now, and not with what was there before.
  takeMessage(frame, opened, isNews) {
    const isLater = frame.id > this.ledger.lastId;
    const { said, remark } = this.named(opened?.said ?? null);
    const found = this.ledger.message(frame, said);
    const { by, n, text, left } = said ?? {};
    const name = by ? containedName(said.name) : "";
    if (by === this.by) this.outbox.shown(n);
    if (by && by !== this.by && found.isNew) this.people.heard({ by, name, left }, isNews);
    const aboutServer = found.says.filter((one) => !found.isNew || one === NOT_SHOWN);
    const remarks = [...found.says.filter((one) => !aboutServer.includes(one)), ...remark];
    this.say({ ...found, says: aboutServer });
    const isOwn = by === this.by && !remarks.length;
    const isGreeting = by && !text; // or a goodbye
    if (isGreeting && found.isNew) {
      if (isNews && by !== this.by && left) this.view.line(`${name} has left.`);
      else if (isNews && by !== this.by) this.view.arrival(name);
      for (const remark of remarks) this.view.line(remark, true);
    }
    if (found.isNew && !isGreeting) {
      const shown = said === NEWER ? "" : text ?? opened.plaintext;
      this.view.message({ frame, name, text: shown, isOwn, remarks: remarks.map(withAdvice), isNews });
    } else if (isLater) { // all that somebody without the key sees
      this.view.message({ frame, name: "", text: null, isOwn, remarks: [], isNews, isSilent: Boolean(this.cipher) });
    }
    if (this.isUp && isNews) this.showState();
  }

  // In a class people have the names that the server tells, whatever is inside a message.
  named(said) {
    if (!this.pair || !said?.by) return { said, remark: [] };
    const names = this.pair.namesOf(said.by);
    const isOther = !names.some((name) => containedName(name) === containedName(said.name));
    const remark = isOther ? [`Another name is inside this message: ${containedName(said.name)}.`] : [];
    return { said: { ...said, name: names[0] ?? "Somebody" }, remark };
  }

  // Takes what the ledger has found about the server.
  say(found) {
    for (const said of found.says) this.view.line(said, true);
    this.outbox.recall({ ...found, says: [] });
  }

  showState() {
    this.view.state(this.cipher ? this.ledger.standing : []);
    this.view.people(this.people);
  }

  // Tells the others, as far as that is possible within a second, and ends. Says whether the server has heard it.
  async leave() {
    this.outbox.add("", true);
    const end = performance.now() + 1_000;
    while (this.outbox.queue.length > 0 && performance.now() < end) await new Promise((go) => { setTimeout(go, 20); });
    const isHeard = this.outbox.queue.length === 0;
    this.end();
    return isHeard;
  }

  // Returns the texts that were not stored.
  end() {
    const unsent = this.outbox.queue.filter(({ text, isShown }) => text && !isShown).map(({ text }) => text);
    clearInterval(this.timer);
    this.outbox.end();
    this.feed.onDown = () => {};
    this.feed.end();
    return unsent;
  }
}

export function addressOf(room, query) {
  const url = new URL(`api/rooms/${encodeURIComponent(room)}/live`, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = new URLSearchParams(query);
  return url;
}

const withAdvice = (remark) => (remark.includes("newer SecureChat") ? `${remark} Reload the page.` : remark);
