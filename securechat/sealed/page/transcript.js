// The messages as they are shown: the text at once, its token in the next picture, so that nobody waits for colours.

import { clockTime } from "./clock.js";
import { contained } from "./contained.js";
import { make } from "./dom.js";
import { fieldSpans, tokenElement } from "./fields.js";

const MOST = 1_000; // messages and lines on the page; older ones go
const MOST_SILENT = 200; // tokens that say nothing to those with the key: as many as a server has
const MOST_NAMED = 3; // of those who come together
const AT_END = 24; // pixels from the end that still count as being there
const LATE = 500; // milliseconds until a text that is not stored yet is shown as such

export function drawToken(token) {
  const isWhole = /^[\w-]{100,12000}=*$/.test(token);
  return isWhole ? tokenElement(token, fieldSpans(token)) : make("code", {}, contained(token.slice(0, 2_000)));
}

export class Transcript {
  // onInspect: called with a token.
  constructor(find, onInspect) {
    const [scroller, list, newest, announcer, pendingList] = ["#scroll", "#list", "#newest", "#announcer", "#pending"].map(find);
    Object.assign(this, { scroller, list, newest, announcer, pendingList, onInspect, isFollowing: true, undrawn: [] });
    Object.assign(this, { silent: list.getElementsByClassName("silent"), last: null }); // last: of those that are not
    scroller.onscroll = () => {
      // Nobody scrolled where the sizes are others: more came since, or the box grew and the browser moved what is in it.
      if (this.isFollowing && this.sizes() !== this.followed) {
        this.follow();
        return;
      }
      this.isFollowing = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END;
      if (this.isFollowing) newest.hidden = true;
    };
    newest.onclick = () => {
      this.isFollowing = true;
      this.follow();
      scroller.focus();
    };
    const observer = new ResizeObserver(() => this.follow());
    for (const element of [scroller, ...scroller.children]) observer.observe(element);
  }

  sizes() {
    const { scrollHeight, clientHeight } = this.scroller;
    return `${scrollHeight} ${clientHeight}`;
  }

  // text: null where it is not known. isSilent: whether it says nothing to those with the key, such as a greeting: it is
  // there for the view of the server, which tells it from no other.
  message({ frame, name, text, isOwn, remarks, isNews, isSilent }) {
    const { sender, token, sent_at: sentAt, id } = frame;
    const cipher = make("div", { className: "cipher" });
    const inspect = make("button", { className: "plain", onclick: () => this.onInspect(token) }, "Inspect");
    inspect.setAttribute("aria-label", `Inspect message ${id}`);
    const kind = isSilent ? "silent" : isOwn ? "own" : "other";
    const head = make("div", { className: "head" },
      !isSilent && make("strong", {}, isOwn ? `${name} (you)` : name || "Somebody"),
      make("code", { className: "outer" }, contained(sender)), make("time", {}, Number.isNaN(Date.parse(sentAt)) ? "" : clockTime(sentAt)), inspect);
    const item = make("li", { className: `message ${kind}`, dataset: { id } }, head,
      text !== null && make("p", { className: "text", dir: "auto" }, contained(text)), cipher,
      ...remarks.map((remark) => make("p", { className: "remark" }, remark)));
    this.add(item, isSilent);
    if (this.undrawn.push([cipher, token]) === 1) {
      requestAnimationFrame(() => requestAnimationFrame(() => this.drawTokens()));
    }
    if (isSilent) {
      this.follow();
      return;
    }
    if (isNews && !isOwn) this.announcer.textContent = `New message from ${name || "somebody"}, number ${id}`;
    if (isOwn) this.isFollowing = true;
    this.follow(true);
  }

  drawTokens() {
    for (const [cipher, token] of this.undrawn.splice(0)) {
      if (cipher.isConnected) cipher.append(drawToken(token));
    }
    this.follow();
  }

  // Something about the room or the server; the same is not said twice in a row.
  line(text, isAlarm) {
    if (this.last?.textContent === text) return;
    this.add(make("li", { className: isAlarm ? "line alarm" : "line" }, text));
    if (isAlarm) this.announcer.textContent = text;
    this.follow(true);
  }

  // Somebody has come. Those who come one right after the other share a line.
  arrival(name) {
    const { last } = this;
    const names = [...new Set([...(last?.arrivals ?? []), name])];
    const some = names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${name} are here.` : `${name} is here.`;
    const text = names.length > MOST_NAMED ? `${names.length} people have come.` : some;
    if (last?.arrivals) last.textContent = text;
    else this.line(text);
    this.last.arrivals = names;
    this.follow();
  }

  add(item, isSilent = false) {
    this.list.append(item);
    if (!isSilent) this.last = item;
    if (this.silent.length > MOST_SILENT) this.silent[0].remove();
    if (this.list.childElementCount - this.silent.length > MOST) this.list.querySelector("li:not(.silent)").remove();
  }

  // Texts that are on their way for longer than a moment.
  pending(messages) {
    clearTimeout(this.timer);
    const draw = () => {
      this.pendingList.replaceChildren(...messages.map(({ text }) => make("li", {}, `Not stored yet: ${contained(text)}`)));
      this.follow();
    };
    if (messages.length === 0) draw();
    else this.timer = setTimeout(draw, LATE);
  }

  follow(isNew) {
    const { scroller, newest } = this;
    if (this.isFollowing) {
      newest.hidden = true;
      scroller.scrollTop = scroller.scrollHeight;
      this.followed = this.sizes();
    } else if (isNew) newest.hidden = false;
  }
}
