// The page /sealed: first a key and a name, then the room. ?room=sealed-… without a key shows what an eavesdropper sees.

import { isChanged, make, setHidden, setLine, setText } from "./dom.js";
import { drawSteps, inspect } from "./inspect.js";
import { keyPanel } from "./key_panel.js";
import { plainCipher } from "./plain_cipher.js";
import { Room } from "./room.js";
import { isKnownToServer, roomOf } from "./room_name.js";
import { roomView } from "./room_view.js";
import { faultOfText } from "./said.js";
import { startPage } from "./start.js";
import { webCipher } from "./web_cipher.js";

const find = (selector) => document.querySelector(selector);
const isNative = Boolean(globalThis.crypto?.subtle);
const makeCipher = isNative ? webCipher : plainCipher;
const WAYS = {
  true: "Encrypted by your browser’s own WebCrypto.",
  false:
    "Encrypted by this page’s own JavaScript: your browser offers WebCrypto only where the address begins with https. Over http somebody in this Wi-Fi " +
    "could also have changed this page on its way.",
};
const SHORT_WAYS = { true: "by WebCrypto", false: "by this page, http" };
const FORGOTTEN = {
  true: "The key’s text is gone from this page. You can still read and write: the browser holds the key, and lets nobody copy it out of this page. If it came with a link, the browser still has that link in its history.",
  false: "This page does not show the key’s text any more, and cannot make it into a link again. But without WebCrypto the key itself stays in this page’s memory, and if it came with a link, that link is in the browser’s history.",
};
const LOADED_ANEW = "This page was loaded anew, and the key went with the old one: it is kept nowhere. Paste it once more, or scan the QR code again.";
const KNOWN = "This server has the key of this room, so it can read everything here.";
const PAIR = "#pair=";
const JOINED = "securechat sealed"; // in this tab's memory: that somebody had joined, and nothing else

// Takes a key out of the address, first of all: what stands there is seen by whoever looks at the screen.
function takeKey() {
  const { hash, pathname, search } = location;
  if (!hash.includes("key=")) return "";
  history.replaceState(null, "", pathname + search);
  return hash;
}

// Takes the address of a pair's room of a class. Empty where this page was for one before it was loaded anew; null where
// it is for none.
function takePair() {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(PAIR)) return history.state?.isPair && !hash ? "" : null;
  history.replaceState({ isPair: true }, "", pathname + search);
  return hash;
}

// A link is pasted over the address of this page: the browser loads nothing then. begin: takes a key.
function takePasted(isPair, begin) {
  const { hash, pathname, search } = location;
  if (hash.startsWith(PAIR)) {
    takePair();
    import("./pair/waiting_feed.js").then(({ roomAndTicket }) => {
      roomAndTicket(hash); // for the page as it is loaded next
      location.reload();
    }).catch(fail);
  } else if (isPair) history.replaceState({ isPair }, "", pathname + search);
  else {
    const link = takeKey();
    if (link && document.body.dataset.view === "start") begin(link);
  }
}

function show(view) {
  document.body.dataset.view = view;
  document.body.classList.remove("shows-about"); // it would lie over what is new
  find("#failure").hidden = true;
}

function fail(error) {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : "unknown";
  const advice = document.body.matches(".pair") ? "" : ", and paste the key once more";
  setLine(find("#failure"), `Something went wrong on this page (${what}). Load it anew${advice}.`);
}

function openDialog(title, content) {
  find("#dialog-title").textContent = title;
  find("#dialog-body").replaceChildren(content);
  find("#dialog").showModal();
}

// Without a server this page cannot be loaded anew: what it showed is taken away.
function showLeft() {
  document.body.dataset.view = "left";
  document.body.replaceChildren(make("main", {}, make("h1", {}, "You have left"),
    make("p", {}, "The key and the messages are not on this page any more. The server could not be told. You can close this page."),
    make("p", {}, make("a", { href: "sealed" }, "Join again"))));
}

const aloneIn = (room) =>
  `Nobody else is here. Do the others have the same key? Compare this room’s name: ${room.slice(0, "sealed-".length + 8)}…`;

async function enter(room, key, name) {
  const cipher = key && (await makeCipher(key.bytes));
  show(key ? "room" : "eve");
  setText(find("#room-name"), room);
  setHidden(find("#eve"), key !== null);
  const isKnown = isKnownToServer(room);
  setHidden(find("#unsealed"), !isKnown);
  setHidden(find("#sealed"), isKnown);
  const onInspect = async (token) => openDialog("Every check of this message", drawSteps(token, await inspect(cipher, token)));
  const drawPeople = ({ count, here, before, heardOf }) => {
    const counted = count ? `${count} here` : "Here";
    const names = key ? `: ${[`${name} (you)`, ...here].join(", ")}` : "";
    if (isChanged(find(".people"), [counted, names])) {
      for (const place of document.querySelectorAll(".people")) {
        place.replaceChildren(counted, make("span", { className: "by-key", title: `${counted}${names}` }, names));
      }
    }
    setLine(find("#before"), before.length > 0 ? `Heard of before: ${before.join(", ")}.` : "");
    const alone = heardOf ? "Nobody else is here now." : aloneIn(room);
    setLine(find("#alone"), key && count === 1 ? alone : "");
  };
  const send = (text) => {
    const fault = faultOfText(text, name);
    if (!fault) visit.outbox.add(text);
    return fault;
  };
  const view = roomView(find, { fail, send, onInspect, always: isKnown ? [KNOWN] : [], people: drawPeople });
  setText(find("#empty"), key ? "Nothing is written here yet. Give the key to somebody, and write." : "Nothing has come yet.");
  const visit = new Room({ room, cipher, name, view });
  drawPeople(visit.people);
  const waiting = () => visit.outbox.queue.filter(({ text }) => text).length;
  window.onbeforeunload = (event) => {
    if (waiting() || view.isTyped()) event.preventDefault(); // the browser asks whether to stay
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
    const [count, are, them] = waiting() === 1 ? [1, "is", "it"] : [waiting(), "are", "them"];
    const unsent = [
      count > 0 && `${count} of your messages ${are} not stored yet. Leave without ${them}?`,
      view.isTyped() && "What you have typed is not sent yet. Leave without it?",
    ].filter(Boolean);
    if (unsent.length > 0 && !confirm(unsent.join("\n"))) return;
    const isHeard = await visit.leave();
    window.onbeforeunload = null;
    sessionStorage.removeItem(JOINED);
    if (isHeard) location.reload(); // all that this page knew is gone with it
    else showLeft();
    key.bytes?.fill(0);
  };
  if (key) find("#text").focus();
}

function start() {
  const pair = takePair();
  const given = pair === null ? takeKey() : "";
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
  const begin = (link) => startPage(find, link, (key, name) => enter(roomOf(key.bytes), key, name).catch(fail));
  window.onhashchange = () => takePasted(pair !== null, begin);
  if (pair !== null) return import("./pair/main.js").then(({ startPair }) => startPair(pair, { find, fail, show, openDialog, makeCipher, isNative, WAYS }));
  const room = new URLSearchParams(location.search).get("room") ?? "";
  if (!given && /^sealed-[0-9a-f]{32}$/.test(room)) return enter(room, null, "");
  show("start");
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
