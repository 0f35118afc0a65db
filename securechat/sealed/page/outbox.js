// Own texts on their way. One is on its way at a time, and is sent again under its name until the server says that it is
// stored: so it is stored once. What it says to have stored and does not show is sent again, too.

import { encrypt, randomBytes } from "./fernet.js";
import { toHex } from "./room_name.js";
import { toJson } from "./said.js";

const UNANSWERED = 2_500; // milliseconds until a message without an answer is sent again
const UNSHOWN = 10; // seconds with a connection until one that was stored has to be shown
const RECALLED = 3_000; // milliseconds until one that was stored, but not shown, is sent again

export class Outbox {
  // post: sends a frame, and says whether it is on its way. giveBack: called with a text that is refused, and why.
  // onChange: called when something is sent or stored; say: when there is something to say of it.
  // sender: what the server knows this side by.
  constructor({ cipher, by, sender, name, ledger, feed, giveBack, onChange, say }) {
    Object.assign(this, { cipher, by, sender, name, ledger, feed, giveBack, onChange, say });
    // Nobody else can guess what a message will be called: else somebody could store one under that name first.
    const secret = toHex(randomBytes(8));
    Object.assign(this, { queue: [], unshown: new Map(), next: 1, isSealing: false, secret });
  }

  // Without a text it says only that somebody is here, or that they have left.
  add(text, left = false) {
    this.queue.push({ text, left });
    this.onChange();
    if (this.queue.length === 1) this.post();
  }

  async post() {
    clearTimeout(this.timer);
    const [first] = this.queue;
    if (!first || this.isSealing) return;
    if (!first.token) await this.seal(first);
    const { id, token } = first;
    if (this.feed.send({ type: "send", sender: this.sender, token, client_id: id })) {
      this.timer = setTimeout(() => this.feed.disconnect(), UNANSWERED); // it only seems to be live
    }
  }

  async seal(message) {
    this.isSealing = true;
    const { by, name, next: n } = this;
    const { text, left } = message;
    try {
      Object.assign(message, { n, id: `${this.secret}-${n}`, token: await encrypt(this.cipher, toJson({ by, n, name, text, left })) });
      this.ledger.sealed(message.token);
      this.next += 1;
    } finally {
      this.isSealing = false;
    }
  }

  // Takes the server's answer to a message, if it is to one of these.
  answer({ type, client_id: name, id, message: reason, retry_after: wait }) {
    const message = this.queue.find((one) => one.id === name);
    if (!message) return;
    clearTimeout(this.timer);
    if (type === "error" && wait > 0) {
      this.say(reason);
      this.timer = setTimeout(() => this.post(), 1_000 * Math.min(wait, 60));
      return;
    }
    this.queue = this.queue.filter((one) => one !== message);
    if (type === "error") {
      // Its number is not used again: a server that lies may have shown it all the same, and then the next message
      // would look like a repetition.
      if (message.text) this.giveBack(message.text, reason);
    } else {
      this.say("");
      message.waited = 0;
      this.unshown.set(message.n, message);
      this.recall(this.ledger.stored(message.n, id));
    }
    this.onChange();
    if (!this.isRecalling) this.post();
  }

  // An own message was shown: all is well with it.
  shown(n) {
    this.unshown.delete(n);
    for (const message of this.queue) if (message.n === n) message.isShown = true;
  }

  // To be called each second. Returns what the ledger finds of messages that should have been shown by now.
  overdue(isLive) {
    const late = [];
    for (const message of this.unshown.values()) {
      message.waited = isLive ? message.waited + 1 : 0; // with another connection they may come
      if (message.waited < UNSHOWN) continue;
      const found = this.ledger.notShown(message.n);
      if (found.unsent.length > 0) late.push(found);
      else this.unshown.delete(message.n);
    }
    return late;
  }

  end() {
    clearTimeout(this.timer);
    this.queue = [];
  }

  // Takes what the ledger has found: what counts as not sent goes out again, in its order.
  recall({ unsent, says }) {
    const back = unsent.map((n) => this.unshown.get(n)).filter(Boolean);
    for (const { n } of back) this.unshown.delete(n);
    if (back.length === 0) return;
    this.queue = [...back, ...this.queue];
    for (const reason of says) this.say(reason);
    this.onChange();
    this.isRecalling = true;
    setTimeout(() => {
      this.isRecalling = false;
      this.post();
    }, RECALLED);
  }
}
