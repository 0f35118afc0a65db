// How two browsers of a pair come to a key that the server never has. Each makes an X25519 pair. Who begins is bound to
// its public key by a commitment, the other one answers with its own, and only then the first opens the commitment. Both
// compute the key, and the people compare seven emoji of it.
//
// It is level-triggered: what is to be sent and shown follows from the newest `sealing` frame, which has the whole
// state, and from what this page has made. A frame may get lost or come twice. There is no timer.

import { containedName } from "../contained.js";
import { randomBytes } from "../fernet.js";
import { toHex } from "../room_name.js";
import { commitmentOf, deriveKey, emojiOf } from "./agreement.js";
import { InvalidPublicKey, newPair } from "./x25519.js";

const SIZE = 32; // bytes of a public key, and of a nonce
const MOST_JOINED = 10; // rounds without a press of a button: in each, a server that lies could look for emoji that are alike
const NOTHING = { round: 0, first: "", second: "", commitment: "", answer: "", opening: "", matched: [], differs: "", since: 0, refusal: "", names: {} };

export class Sealing {
  // makeCipher: makes the cipher of a key, 32 bytes. send: sends a step, { round, step, value }.
  constructor(makeCipher, send) {
    // begins: whether it is for this page to begin: at its own start, and when somebody presses a button. Never else:
    // two pages would begin in turn for ever. mine: what this page has of the round that it takes part in. joined: how
    // many rounds of the other one this page has taken part in since somebody pressed a button.
    Object.assign(this, { makeCipher, send, frame: NOTHING, begins: true, mine: null, joined: 0, isStopped: false });
  }

  // Takes a frame. Returned is what is to be shown: { stage, round, me, name, other, … }. One call after the other.
  take(frame) {
    this.frame = { ...NOTHING, ...frame };
    return this.look();
  }

  // Somebody has pressed a button: "match", "differ" or "again". round: that which they have seen.
  press(what, round) {
    this.joined = 0;
    if (what === "again") Object.assign(this, { begins: true, mine: null });
    else if (this.mine?.cipher && this.mine.round === round) this.mine[what] = true;
    return this.look();
  }

  async look() {
    const { me, names, round } = this.frame;
    this.otherId = Object.keys(names).find((id) => id !== me) ?? "";
    const shown = await this.goOn();
    const { mine } = this;
    if (mine && names[mine.otherId]) mine.otherName = names[mine.otherId];
    const otherId = mine?.otherId ?? this.otherId;
    const [name, other] = [names[me], mine?.otherName ?? names[otherId]].map((said) => containedName(said ?? ""));
    return { round, me, name, otherId, other, ...shown };
  }

  goOn() {
    const { frame, mine } = this;
    if (this.isStopped) return { stage: "double" };
    const isAsked = mine && !mine.isSeen && mine.isFirst && frame.round === mine.round - 1;
    const isIn = mine !== null && this.takesPart();
    if (!isAsked && !isIn) this.mine = null; // somebody was quicker or has begun anew, or the teacher has ended it
    if (frame.refusal && !(isIn && this.isSealed)) return { stage: "refused", refusal: frame.refusal };
    if (isIn) return this.takeStep();
    if (isAsked) return this.ask();
    const { me, first, second, answer } = frame;
    if (second === me && first === this.otherId && !answer) return this.joined < MOST_JOINED ? this.join() : { stage: "endless" };
    if (this.begins) return this.begin();
    if (first !== me && second !== me) return { stage: "ended" };
    this.isStopped = true; // another page of the same person has begun, or answered
    return { stage: "double" };
  }

  // Whether the frame is of the round that this page takes part in.
  takesPart() {
    const { mine, frame } = this;
    if (frame.round !== mine.round) return false;
    if (mine.isFirst) return frame.first === frame.me && frame.commitment === mine.commitment;
    return frame.second === frame.me && ["", mine.publicKey].includes(frame.answer);
  }

  // Whether both have said that the emoji match. What the server says of this side does not count.
  get isSealed() {
    const { frame, mine } = this;
    return Boolean(mine.cipher && mine.match && !mine.differ && !mine.isBroken && frame.since > 0);
  }

  // Whether the other one is still who it was when the round began. Somebody who is gone is nobody else.
  get isSamePartner() {
    const { frame, mine } = this;
    const others = Object.keys(frame.names).filter((id) => id !== frame.me);
    const said = mine.isFirst ? frame.second : frame.first;
    return said === mine.otherId && (others.length === 0 || others.includes(mine.otherId));
  }

  async begin() {
    this.begins = false;
    const [pair, nonce] = [await newPair(), randomBytes(SIZE)];
    const publicKey = toHex(pair.publicKey);
    const commitment = toHex(commitmentOf(pair.publicKey, nonce));
    const { otherId } = this;
    this.mine = { round: this.frame.round + 1, otherId, isFirst: true, pair, publicKey, commitment, opening: publicKey + toHex(nonce) };
    return this.ask();
  }

  // The other one has begun.
  async join() {
    const { round, first, commitment } = this.frame;
    this.joined += 1;
    const pair = await newPair();
    this.mine = { round, otherId: first, isFirst: false, pair, publicKey: toHex(pair.publicKey), commitment };
    return this.takeStep();
  }

  ask() {
    return this.say("begin", this.mine.commitment, { stage: "waiting" });
  }

  async takeStep() {
    const { frame, mine } = this;
    mine.isSeen = true;
    this.begins = false;
    if (!this.isSamePartner) mine.isBroken = true;
    if (mine.isBroken) return this.compare();
    if (!frame.answer) return mine.isFirst ? { stage: "waiting" } : this.say("answer", mine.publicKey, { stage: "agreeing" });
    if (!mine.isFirst && !frame.opening) return { stage: "agreeing" };
    await this.agree();
    if (!frame.opening && !mine.isBroken) return this.say("open", mine.opening, { stage: "agreeing" });
    return this.compare();
  }

  // Makes the key of what the other side has sent, once: whatever a server says later, it stays.
  async agree() {
    const { frame, mine } = this;
    const theirs = mine.isFirst ? frame.answer : frame.opening;
    mine.theirs ??= theirs;
    const publicKey = fromHex(theirs.slice(0, 2 * SIZE));
    const isHonest = mine.isFirst || toHex(commitmentOf(publicKey, fromHex(theirs.slice(2 * SIZE)))) === mine.commitment;
    if (theirs !== mine.theirs || !isHonest || frame.commitment !== mine.commitment) mine.isBroken = true;
    if (mine.cipher || mine.isBroken) return;
    try {
      const shared = await mine.pair.agree(publicKey);
      const publics = mine.isFirst ? [mine.pair.publicKey, publicKey] : [publicKey, mine.pair.publicKey];
      const key = deriveKey(shared, ...publics);
      Object.assign(mine, { emoji: emojiOf(key), cipher: await this.makeCipher(key) });
      key.fill(0); // nobody needs it as a text, and the pair is not used again
      shared.fill(0);
      mine.pair = null;
    } catch (error) {
      if (!(error instanceof InvalidPublicKey)) throw error;
      mine.isBroken = true;
    }
  }

  compare() {
    const { frame, mine } = this;
    const { emoji, cipher, isBroken } = mine;
    if (isBroken || mine.differ || frame.differs) {
      const stage = isBroken ? "broken" : "differs";
      const shown = { stage, emoji, isMine: frame.differs ? frame.differs === frame.me : true };
      const isTold = frame.differs || !frame.opening || (isBroken && frame.since > 0);
      return isTold ? shown : this.say("differ", "", shown);
    }
    if (this.isSealed) return { stage: "sealed", emoji, cipher, since: frame.since };
    const hasOther = frame.matched.includes(mine.otherId);
    if (!mine.match) return { stage: "compare", emoji, hasOther };
    const shown = { stage: "matched", emoji };
    return frame.matched.includes(frame.me) ? shown : this.say("match", "", shown);
  }

  say(step, value, shown) {
    this.send({ round: this.mine.round, step, value });
    return shown;
  }
}

const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
