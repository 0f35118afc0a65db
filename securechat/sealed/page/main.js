// The page /sealed: first a key and a name, then the room. ?room=sealed-… without a key shows what an eavesdropper sees.

import { startComposer } from "./composer.js";
import { isChanged, make, setHidden, setLine, setText } from "./dom.js";
import { drawSteps, inspect } from "./inspect.js";
import { keyPanel } from "./key_panel.js";
import { plainCipher } from "./plain_cipher.js";
import { Room } from "./room.js";
import { roomOf } from "./room_name.js";
import { faultOfText } from "./said.js";
import { startPage } from "./start.js";
import { Transcript } from "./transcript.js";
import { webCipher } from "./web_cipher.js";

const find = (selector) => document.querySelector(selector);
const isNative = Boolean(globalThis.crypto?.subtle);
const WAYS = {
  true: "Encrypted by your browser’s own WebCrypto.",
  false:
    "Encrypted by this page’s own JavaScript: your browser offers WebCrypto only over https. Over http somebody in this Wi-Fi " +
    "could also have changed this page on its way.",
};
const SHORT_WAYS = { true: "by WebCrypto", false: "by own JavaScript, http" };
const FORGOTTEN = {
  true: "The key’s text is gone from this page. You can still read and write: the browser holds the key, and lets nobody copy it out of this page.",
  false: "This page does not show the key’s text any more, and cannot make it into a link again. But without WebCrypto the key itself stays in this page’s memory.",
};
const LOADED_ANEW = "This page was loaded anew, and the key went with the old one: it is kept nowhere. Paste it once more.";
const SIGNS = {
  live: "● Live",
  offline: "○ No connection. It comes back; what you write is kept.",
  refused: "○ No connection yet. It is tried again. If this stays so, the server may have too many rooms or visitors: try later.",
};
const MOST_NOTICES = 3; // they take their height from the messages
const JOINED = "securechat sealed"; // in this tab's memory: that somebody had joined, and nothing else

// Takes a key out of the address, first of all: what stands there is seen by whoever looks at the screen.
function takeKey() {
  const { hash, pathname, search } = location;
  if (!hash.includes("key=")) return "";
  history.replaceState(null, "", pathname + search);
  return hash;
}

function show(view) {
  document.body.dataset.view = view;
  find("#failure").hidden = true;
}

function fail(error) {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : "unknown";
  setLine(find("#failure"), `Something went wrong on this page (${what}). Load it anew, and paste the key once more.`);
}

function openDialog(title, content) {
  find("#dialog-title").textContent = title;
  find("#dialog-body").replaceChildren(content);
  find("#dialog").showModal();
}

async function enter(room, key, name) {
  const cipher = key && (await (isNative ? webCipher : plainCipher)(key.bytes));
  show(key ? "room" : "eve");
  setText(find("#room-name"), room);
  setHidden(find("#eve"), key !== null);
  const onInspect = async (token) => openDialog("Every check of this message", drawSteps(token, await inspect(cipher, token)));
  const transcript = new Transcript(find, onInspect);
  let count = 0;
  let here = new Set();
  const drawPeople = () => {
    const others = count === 1 ? [] : here; // whoever closes the page says nothing
    const said = key ? `Here, as far as they say so: ${[`${name} (you)`, ...others].join(", ")}. ` : "";
    const counted = count ? `The server counts ${count} ${count === 1 ? "connection" : "connections"}.` : "";
    for (const place of document.querySelectorAll(".people")) {
      place.replaceChildren(make("span", { className: "by-key" }, said), counted);
    }
  };
  const giveBack = startComposer(find("#composer"), (text) => {
    const fault = faultOfText(text, name);
    if (!fault) visit.outbox.add(text);
    return fault;
  });
  const view = {
    fail,
    line: (...all) => transcript.line(...all),
    message: (message) => transcript.message(message),
    pending: (messages) => transcript.pending(messages),
    note: (said) => setLine(find("#note"), said),
    giveBack,
    sign(state) {
      find("#sign").dataset.state = state === "live" ? "live" : "offline";
      setText(find("#sign"), SIGNS[state]);
    },
    present(number) {
      count = number;
      drawPeople();
    },
    state(standing, others) {
      here = others;
      drawPeople();
      const [notices, more] = [find("#notices"), standing.length - MOST_NOTICES];
      const said = more > 0 ? [...standing.slice(0, MOST_NOTICES), `And ${more} more like these.`] : standing;
      if (isChanged(notices, said)) notices.replaceChildren(...said.map((notice) => make("li", {}, notice)));
    },
  };
  setText(find("#empty"), key ? "Nothing is written here yet. Give the key to somebody, and write." : "Nothing has come yet.");
  const visit = new Room({ room, cipher, name, view });
  drawPeople();
  window.onbeforeunload = (event) => {
    if (visit.outbox.queue.some(({ text }) => text)) event.preventDefault(); // the browser asks whether to stay
  };
  if (key) sessionStorage.setItem(JOINED, "yes");
  find("#server-view").onchange = ({ target }) => document.body.classList.toggle("as-server", target.checked);
  find("#show-key").onclick = () => openDialog("The key of this room", keyPanel(key));
  find("#forget").onclick = () => {
    key.bytes.fill(0);
    key = { text: "", bytes: null };
    find("#dialog-body").replaceChildren();
    for (const id of ["#show-key", "#forget"]) find(id).hidden = true;
    setLine(find("#forgotten"), FORGOTTEN[isNative]);
  };
  find("#leave").onclick = async () => {
    const waiting = visit.outbox.queue.filter(({ text }) => text).length;
    const lost = `${waiting} of your messages ${waiting === 1 ? "is" : "are"} not stored yet. Leave without ${waiting === 1 ? "it" : "them"}?`;
    if (waiting && !confirm(lost)) return;
    await visit.leave();
    window.onbeforeunload = null;
    sessionStorage.removeItem(JOINED);
    location.reload(); // all that this page knew is gone with it
  };
  if (key) find("#text").focus();
}

function start() {
  const given = takeKey();
  setText(find("#way"), WAYS[isNative]);
  setText(find(".short-way"), SHORT_WAYS[isNative]);
  for (const { href } of document.querySelectorAll("link[rel=modulepreload], link[rel=stylesheet]")) {
    find("#source").append(make("li", {}, make("a", { href }, href.split("/").at(-1))));
  }
  const showAbout = (isShown) => {
    document.body.classList.toggle("shows-about", isShown);
    find("#more").ariaExpanded = String(isShown);
    find(isShown ? "#close" : "#more").focus();
  };
  find("#more").onclick = () => showAbout(true);
  find("#close").onclick = () => showAbout(false);
  find("#dialog-close").onclick = () => {
    find("#dialog-body").replaceChildren(); // there may be a key in it
    find("#dialog").close();
  };
  find("#dialog").onclose = () => find("#dialog-body").replaceChildren(); // by the Escape key
  const room = new URLSearchParams(location.search).get("room") ?? "";
  if (!given && /^sealed-[0-9a-f]{32}$/.test(room)) return enter(room, null, "");
  show("start");
  const begin = (link) => startPage(find, link, (key, name) => enter(roomOf(key.bytes), key, name).catch(fail));
  window.onhashchange = () => { // a link is pasted over the address of this page
    const link = takeKey();
    if (link && document.body.dataset.view === "start") begin(link);
  };
  begin(given);
  if (!given && sessionStorage.getItem(JOINED)) setLine(find("#key-fault"), LOADED_ANEW);
  return null;
}

window.onerror = (message, file, line, column, error) => fail(error);
window.onunhandledrejection = ({ reason }) => fail(reason);
try {
  start()?.catch(fail);
} catch (error) {
  fail(error);
}
