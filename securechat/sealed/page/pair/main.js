// The page for a pair of a class: first the two seal their room (sealing.js), then they write in it (room.js). If one of
// them loads the page anew, they seal it once more, with another key.

import { make, setLine, setText } from "../dom.js";
import { NOT_YOUR_KEY } from "../ledger.js";
import { Room } from "../room.js";
import { roomView } from "../room_view.js";
import { faultOfText, MAX_NAME } from "../said.js";
import { drawAbout } from "./about.js";
import { byOf, Changes } from "./changes.js";
import { beforeLeaving, emojiAgain, everyCheck } from "./dialogs.js";
import { Panel } from "./panel.js";
import { Sealing } from "./sealing.js";
import { forget, keep, openFeed, roomAndTicket } from "./waiting_feed.js";
import { GONE, NOT_STORED, REFUSED, START_AGAIN, whyLeft } from "./words.js";

// given: what stood in the address behind #, or nothing. page: what main.js has for both kinds of rooms.
export function startPair(given, page) {
  const where = roomAndTicket(given);
  if (where) new PairPage(where, page).start();
  else location.replace(new URL("join", document.baseURI)); // by the Back button, after "Back to the class"
}

class PairPage {
  constructor({ room, ticket }, page) {
    Object.assign(this, page, { room, ticket, closed: "", me: "", name: "", other: "" });
    // ciphers: of all rounds, the newest first.
    Object.assign(this, { ciphers: [], visit: null, isUp: false, isOver: false, chain: Promise.resolve() });
    this.sealing = new Sealing(page.makeCipher, (step) => this.feed.send({ type: "seal", ...step }));
  }

  start() {
    const { find } = this;
    document.body.classList.add("pair");
    document.head.append(make("link", { rel: "stylesheet", href: "sealed/pair/pair.css" }));
    find(".home").replaceChildren(this.backButton());
    this.panel = new Panel(find, (what) => this.press(what));
    const showEmoji = () => this.openDialog("The emoji of this key", emojiAgain(this.emoji, this.other));
    drawAbout(find, { way: this.WAYS[this.isNative], back: this.backButton(), press: (what) => this.press(what), showEmoji });
    find("#composer").prepend(make("p", { id: "closed", className: "fault", hidden: true, role: "status" }));
    this.view = roomView(find, {
      fail: this.fail,
      send: (text) => this.write(text),
      onInspect: async (token) => this.openDialog("Every check of this message", await everyCheck(this.ciphers, token)),
      people: () => {}, // the server tells of them: see drawPeople
      closed: (reason) => this.close(reason),
      lost: () => this.lose(),
      room: (frame) => this.changes.room(frame),
    });
    this.changes = new Changes(find, this.view);
    const { sign, state } = this.view;
    this.view.sign = (said) => (said === "refused" ? setText(find("#sign"), REFUSED) : sign(said));
    this.view.state = (standing) => state(standing.map((said) => (said === NOT_YOUR_KEY ? START_AGAIN : said)));
    find("#server-view").onchange = ({ target }) => document.body.classList.toggle("as-server", target.checked);
    window.onbeforeunload = (event) => { if (this.visit || this.view.isTyped()) event.preventDefault(); }; // the key goes, too
    this.show("pair");
    this.panel.draw({ stage: "connecting" });
    this.connect();
  }

  connect() {
    const { room, ticket } = this;
    this.feed = openFeed({
      room,
      ticket,
      onFrame: (frame) => this.onFrame(frame),
      onTicket: (renewed) => this.keep(renewed),
      onDown: () => this.view.sign(this.isUp ? "offline" : "refused"),
      onLost: () => this.lose(),
    });
  }

  keep(ticket) {
    this.ticket = ticket;
    keep(this.room, ticket);
  }

  onFrame(frame) {
    if (frame.type === "sealing") {
      this.isUp = true;
      if (!this.shown && frame.since > 0) Object.assign(this.panel, { why: GONE, wasSealed: true });
      this.feed.rise();
      this.view.sign("live");
      this.then(() => this.sealing.take(frame));
    } else if (frame.type === "room") this.changes.room(frame);
    else if (frame.type === "people") this.changes.people(frame, this.me);
    else if (frame.type === "error") this.refuse(frame);
  }

  // wait: seconds, where the same step will be taken then.
  refuse({ message, retry_after: wait }) {
    this.panel.refuse(message);
    clearTimeout(this.retry);
    if (wait > 0) this.retry = setTimeout(() => this.then(() => this.sealing.look()), 1_000 * Math.min(wait, 60));
  }

  press(what) {
    if (what === "here") location.reload();
    else if (what === "back") this.goBack();
    else this.then(() => this.sealing.press(what, this.shown.round));
  }

  // One thing after the other. step: returns what is to be shown.
  then(step) {
    this.chain = this.chain.then(async () => this.isOver || this.draw(await step())).catch(this.fail);
  }

  draw(shown) {
    this.shown = shown;
    const { stage, me, name, other, round } = shown;
    Object.assign(this, { me, name: Array.from(name).slice(0, MAX_NAME).join("") || me, other });
    if (this.visit && shown.otherId === this.visit.otherId) this.changes.rename(this.visit.names, other);
    if (other) this.changes.title(other);
    if (stage === "sealed" && this.visit?.round === round) return;
    if (stage === "sealed") return this.enter(shown);
    if (this.visit) this.leave(shown);
    this.panel.draw(shown);
    if (stage === "double") this.end();
  }

  // Both say that the emoji match.
  enter({ cipher, since, round, me, emoji, otherId }) {
    const { room, name, view, other, ticket } = this;
    this.feed.close();
    this.ciphers.unshift(cipher);
    this.emoji = emoji;
    if (this.ciphers.length > 1) view.line("Sealed again, with a new key.");
    const names = [other]; // of the other one, the newest first
    const namesOf = (by) => (by === byOf(otherId) ? names : by === byOf(me) ? [name] : []);
    const pair = { sender: me, byOf, namesOf, after: since - 1, ticket, onTicket: (renewed) => this.keep(renewed), onFrame: (frame) => this.onFrame(frame) };
    this.visit = new Room({ room, cipher, name, view, pair });
    Object.assign(this.visit, { round, otherId, names });
    this.feed = this.visit.feed;
    setText(this.find("#empty"), `You said that the emoji match. If all seven did, only you and ${other} can read what you write here.`);
    Object.assign(this.panel, { why: "", wasSealed: true, compared: 0 });
    this.show("room");
    this.find("#text").focus();
  }

  // The key is of no use any more: somebody has begun anew, or the sealing was ended.
  leave(shown) {
    const unsent = this.visit.end();
    this.visit = null;
    this.panel.why = whyLeft(shown);
    this.view.line(this.panel.why);
    const isLast = shown.stage === "double"; // nobody can send anything here any more
    this.view.pending(isLast ? unsent.map((text) => ({ text })) : []);
    if (unsent.length > 0 && !isLast) this.view.giveBack(unsent.join("\n"), NOT_STORED);
    document.body.classList.add("has-past");
    this.show("pair");
    this.connect();
  }

  write(text) {
    const fault = this.closed ? "Not sent. Your text is kept." : faultOfText(text, this.name);
    if (!fault) this.visit.outbox.add(text);
    return fault;
  }

  // reason: a sentence of the server why nobody may write just now; empty where one may.
  close(reason) {
    if (this.closed && !reason) setLine(this.find("#fault"), "");
    this.closed = reason;
    setLine(this.find("#closed"), reason);
  }

  // The seat in this room is gone.
  lose() {
    this.end();
    forget();
    this.changes.takeAway(Infinity); // the class may have ended, of which nothing stays
    document.body.classList.remove("has-past");
    this.show("pair");
    this.panel.draw({ stage: "lost" });
  }

  end() {
    this.isOver = true;
    if (this.visit) this.visit.end();
    else this.feed.close();
    this.visit = null;
    setText(this.find("#sign"), "");
    window.onbeforeunload = null;
  }

  backButton() {
    return make("button", { className: "plain", onclick: () => this.goBack() }, "Back to the class");
  }

  goBack() {
    const isUnsent = !this.isOver && (this.visit?.outbox.queue.length > 0 || this.view.isTyped());
    const question = beforeLeaving({ other: this.other, hasKey: Boolean(this.visit), isUnsent });
    if (question && !confirm(question)) return;
    window.onbeforeunload = null;
    forget();
    location.assign(new URL("join", document.baseURI));
  }
}
