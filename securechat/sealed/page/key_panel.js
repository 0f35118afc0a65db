// The key, and the ways to hand it over: each with who can see it, and where it stays.

import { make } from "./dom.js";
import { copyText } from "./fields.js";
import { qrOf } from "./qr.js";
import { roomOf } from "./room_name.js";

const QUIET = 4; // light squares around a QR code, so that a camera finds it
const SVG = "http://www.w3.org/2000/svg";

// key: as readKey returns it.
export function keyPanel(key) {
  const others = document.querySelector('meta[name="address-for-others"]')?.content;
  const here = others ? `${others}/sealed` : `${location.origin}${location.pathname}`;
  const link = `${here}#key=${key.text}`;
  const forEve = `${here}?room=${roomOf(key.bytes)}`;
  const isLocal = /^(localhost|127\.|\[::1\]|.*\.localhost$)/.test(location.hostname);
  const isOther = others && !here.startsWith(`${location.origin}/`);
  const hint = isOther ? `It has the address that others use: ${others}. Try it with one phone first. ` : "";
  const alone = isLocal && !others && "This address leads to this computer only. For others, open this page by the address that they use.";
  return make("div", {},
    way("The key", shownOnDemand(() => make("code", { className: "value key" }, key.text), "key"), copier(key.text, "key"), "",
      "Whoever sees it can read and write here. Say it, write it on paper, or send it by a messenger: then it stays there, and in the clipboard."),
    way("QR code", shownOnDemand(() => enlargeable(qrOf(link)), "QR code"), null, alone,
      `${hint}Your browser draws it: the server does not see it. Everybody who can see this screen can scan it. The phone keeps the link in its history.`),
    way("Link", shownOnDemand(() => make("code", { className: "value" }, link), "link"), copier(link, "link"), alone,
      `${hint}The part after # is the key. Browsers do not send it, but they keep it in the history, and so does every messenger that you send it through.`),
    way("Link without the key", null, copier(forEve, "link without the key"), "",
      `${hint}For the projector: it shows what everybody sees who listens, and opens nothing.`));
}

function way(title, shown, copy, warning, sentence) {
  return make("div", { className: "way" }, make("strong", {}, title), warning && make("p", { className: "fault" }, warning), shown?.place, make("div", { className: "buttons" }, shown?.button, copy),
    make("p", {}, sentence));
}

// Masked until somebody asks for it: the screen may be on a projector.
function shownOnDemand(draw, what) {
  const masked = () => make("code", { className: "value" }, "•".repeat(24));
  const place = make("div", {}, what !== "QR code" && masked());
  const button = make("button", {}, "Show");
  button.setAttribute("aria-label", `Show the ${what}`);
  button.onclick = () => {
    const isShown = button.textContent === "Hide";
    place.replaceChildren(...(!isShown ? [draw()] : what === "QR code" ? [] : [masked()]));
    button.textContent = isShown ? "Show" : "Hide";
    button.setAttribute("aria-label", `${button.textContent} the ${what}`);
  };
  return { place, button };
}

function copier(text, what) {
  const button = make("button", { onclick: () => copyText(text, button) }, "Copy");
  button.setAttribute("aria-label", `Copy the ${what}`);
  return button;
}

// With a button that lets the code fill the screen, for those who sit further away.
function enlargeable(squares) {
  const open = () => {
    const close = make("button", { onclick: () => large.close() }, "Close");
    const large = make("dialog", { className: "large", onclose: () => large.remove() }, close, drawn(squares));
    large.setAttribute("aria-label", "QR code");
    document.body.append(large);
    large.showModal();
  };
  return make("div", {}, drawn(squares), make("button", { onclick: open }, "Large"));
}

function drawn(squares) {
  const size = squares.length + 2 * QUIET;
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const dark = squares.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")));
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${size} ${size}`, class: "qr", role: "img" })) svg.setAttribute(name, value);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("aria-label", "QR code of the link with the key"); // not the key itself
  path.setAttribute("d", dark.join(""));
  svg.append(path);
  return svg;
}
