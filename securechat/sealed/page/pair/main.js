// The page for a pair of a class: first the two seal their room (sealing.js), then they write in it (room.js). If one of
// them loads the page anew, they seal it once more, with another key.

import { isChanged, make, setLine, setText } from "../dom.js";
import { NOT_YOUR_KEY } from "../ledger.js";
import { Room } from "../room.js";
import { toHex } from "../room_name.js";
import { roomView } from "../room_view.js";
import { faultOfText, MAX_NAME } from "../said.js";
import { drawAbout, drawPeople } from "./about.js";
import { emojiAgain, everyCheck } from "./dialogs.js";
import { Panel } from "./panel.js";
import { Sealing } from "./sealing.js";
import { forget, keep, openFeed, roomAndTicket } from "./waiting_feed.js";

const REFUSED = "○ No connection yet. It is tried again. If this stays so, go back to the class, and come from there again.";
const GONE = "This room was sealed before. That key is gone: a page that is loaded anew starts without one. So you two compare again.";
const OTHER_EMOJI = "It has begun again: these are other emoji.";
const NOT_STORED = "This was not stored before the key changed. Send it again if you want to.";
const START_AGAIN = "This was not made with your key. Start again, and compare the emoji.";

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
      room: (frame) => this.takeRoom(frame),
    });
    const { sign, state } = this.view;
    this.view.sign = (said) => (said === "refused" ? setText(find("#sign"), REFUSED) : sign(said));
    this.view.state = (standing) => state(standing.map((said) => (said === NOT_YOUR_KEY ? START_AGAIN : said)));
    find("#server-view").onchange = ({ target }) => document.body.classList.toggle("as-server", target.checked);
    window.onbeforeunload = (event) => {
      if (this.visit || this.view.isTyped()) event.preventDefault(); // the key goes with the page
    };
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
    } else if (frame.type === "room") this.takeRoom(frame);
    else if (frame.type === "people") this.takePeople(frame);
    else if (frame.type === "error") this.refuse(frame);
  }

  // wait: seconds, where the same step will be taken then.
  refuse({ message, retry_after: wait }) {
    this.panel.refuse(message);
    clearTimeout(this.retry);
    if (wait > 0) this.retry = setTimeout(() => this.then(() => this.sealing.look()), 1_000 * Math.min(wait, 60));
  }

  // What the teacher has cleared goes here, too. What only fell out, because others came, stays in sight.
  takeRoom({ first_id: firstId, dropped }) {
    const cleared = firstId - 1 - dropped;
    if (cleared > this.cleared && this.view.forget(firstId)) this.view.line("Your teacher has cleared this room.");
    this.cleared = cleared;
  }

  takePeople(frame) {
    drawPeople(frame, this.me);
    const inside = frame.people.filter((person) => person.in);
    if (inside.length < this.inside && inside.length < 2) this.view.line("Nobody else is in this room any more. Go back to the class to find somebody.");
    this.inside = inside.length;
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
    if (this.visit && shown.otherId === this.visit.otherId) this.rename(other);
    if (other) {
      document.title = `Sealed room with ${other}`;
      if (isChanged(this.find("h1"), other)) this.find("h1").replaceChildren(make("span", {}, "Room with "), other);
      for (const place of document.querySelectorAll(".partner")) setText(place, other);
    }
    if (stage === "sealed") {
      if (this.visit?.round !== round) this.enter(shown);
      return;
    }
    if (this.visit) this.leave(shown);
    else if (shown.stage === "compare") this.tellOfOthers(shown);
    this.panel.draw(shown);
    if (stage === "double") this.end();
  }

  // The other one has another name now.
  rename(name) {
    const { names } = this.visit;
    if (names[0] === name) return;
    this.view.line(`${names[0]} is now called ${name}, says the server.`, true);
    names.unshift(name);
  }

  // Emoji stand where others stood, and nobody here has asked for that.
  tellOfOthers({ round }) {
    if (this.compared && this.compared !== round) this.panel.why = OTHER_EMOJI;
    this.compared = round;
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
    this.compared = 0;
    Object.assign(this.panel, { why: "", wasSealed: true });
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
    if (this.closed) return "Not sent. Your text is kept.";
    const fault = faultOfText(text, this.name);
    if (!fault) this.visit.outbox.add(text);
    return fault;
  }

  // reason: why nobody may write just now, a sentence of the server; empty where one may.
  close(reason) {
    if (this.closed && !reason) setLine(this.find("#fault"), "");
    this.closed = reason;
    setLine(this.find("#closed"), reason);
  }

  // The seat in this room is gone.
  lose() {
    this.end();
    forget();
    this.view.forget(Infinity); // the class may have ended, of which nothing stays
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
    const isUnsent = this.visit?.outbox.queue.length > 0 || this.view.isTyped();
    const key = this.visit && `The key goes with this page. If you come back, you and ${this.other} have to compare emoji again.`;
    const question = [key, isUnsent && !this.isOver && "Not all that you wrote is sent."].filter(Boolean);
    if (question.length > 0 && !confirm([...question, "Leave this page?"].join("\n"))) return;
    window.onbeforeunload = null;
    forget();
    location.assign(new URL("join", document.baseURI));
  }
}

// Why a room that was sealed is so no more.
function whyLeft({ stage, other, isMine }) {
  const reasons = {
    waiting: "You have begun again.",
    ended: "The sealing of this room was ended.",
    double: "This room was opened on another page.",
    refused: "This room is not sealed any more.",
    matched: "The server says that this room is not sealed any more.",
    differs: `${isMine ? "You say" : `${other} says`} that the emoji are different.`,
    broken: "Something was changed on its way, so this key is not used any more.",
    endless: "Sealing begins again and again.",
  };
  return reasons[stage] ?? `${other} has begun again. A page that is loaded anew has lost its key: compare the emoji once more.`;
}

// What stands in the messages of somebody, made of the id that the server knows them by: so both can be compared.
const byOf = (id) => toHex(new TextEncoder().encode(id)).slice(0, 16).padEnd(16, "0");
