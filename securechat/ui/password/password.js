// A password is typed, and turned into a key twice: by a bare hash and by scrypt. All of it happens here: nothing
// of the password is sent or kept.

import { sha256 } from "../../sealed/page/sha256.js";
import { setText } from "../dom.js";
import { YEAR, durationInWords, inWords, isBeyondUniverse, onScale, searchFor } from "./guessing.js";
import { SLICE, scrypt, turn } from "./scrypt.js";

const COST = { N: 2 ** 15, r: 8, p: 1, size: 32 };
const PATIENCE = 250; // milliseconds without a keystroke until the work begins
const MEASURING = 100; // milliseconds, for the speed of SHA-256
const NAMES = { bare: "one SHA-256", slow: "scrypt" };
const PENDING = "…";
const BEYOND = "longer than the universe is old (13.8 billion years)";
const EMPTY = 
  "Type a password. It is turned into a key by a bare hash and by scrypt. You see how long it takes to guess it.";
const SALT_SAID = "Another salt: scrypt gives another key. The SHA-256 key is the same as before.";

export default function ({ parentElement }) {
  const root = parentElement.querySelector(".sc-password");
  const find = (selector) => root.querySelector(selector);
  const box = find("#sc-pw-box");
  const lab = (root.lab ??= { salt: newSalt(), keys: {}, bareRate: 0, slowRate: 0 });

  const later = (delay, saying) => {
    clearTimeout(lab.timer);
    const run = (lab.run = {});
    lab.timer = setTimeout(() => work(root, lab, saying, () => lab.run !== run), delay);
    draw(root, lab);
  };
  box.oninput = () => {
    lab.keys = {};
    later(PATIENCE);
  };
  find(".sc-pw-another").onclick = () => {
    lab.salt = newSalt();
    lab.keys = { bare: lab.keys.bare };
    later(0, SALT_SAID);
  };
  find(".sc-pw-show").onclick = ({ currentTarget: button }) => {
    const { selectionStart, selectionEnd } = box;
    const shown = box.type === "password";
    box.type = shown ? "text" : "password";
    box.setSelectionRange(selectionStart, selectionEnd); // a new type moves the caret
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} the password`);
  };
  find("fieldset").onchange = () => {
    draw(root, lab);
    if (!lab.run) say(root, lab);
  };

  if (!lab.drawn) {
    lab.drawn = true;
    const { N, r, p } = COST;
    find(".sc-pw-cost").textContent =
      `scrypt with N\u00a0=\u00a0${N.toLocaleString("en")}, r\u00a0=\u00a0${r}, p\u00a0=\u00a0${p} needs ` +
      `128\u00a0·\u00a0N\u00a0·\u00a0r bytes = ${(128 * N * r) / 2 ** 20} MiB of memory for every guess that runs ` +
      "at the same time.";
    for (const mark of root.querySelectorAll(".sc-pw-mark")) {
      mark.style.insetInlineStart = `${100 * onScale(Math.log10(mark.dataset.years * YEAR))}%`;
    }
    draw(root, lab);
    say(root, lab);
  } else if (box.value && !lab.keys.slow && !lab.run) later(0);
  return () => {
    clearTimeout(lab.timer);
    lab.run = null; // what is under way ends; if Streamlit draws this again, it begins anew
  };
}

async function work(root, lab, saying, cancelled) {
  const text = root.querySelector("#sc-pw-box").value;
  if (text) {
    const password = new TextEncoder().encode(text);
    lab.keys.bare = sha256(password);
    draw(root, lab);
    await turn();
    // The fastest so far: whatever else the computer does makes it slower, never faster.
    lab.bareRate = Math.max(lab.bareRate, await hashesPerSecond(password, cancelled));
    if (cancelled()) return;
    let time = 0;
    const onProgress = (share, worked) => {
      time = worked;
      root.querySelector(".sc-pw-slow-time").textContent = `Working: ${Math.round(100 * share)} %`;
    };
    // A small one before the first: browsers run a program faster when they have seen some of it.
    if (!lab.slowRate) await scrypt(password, lab.salt, { ...COST, N: COST.N / 16 }, undefined, cancelled);
    const key = await scrypt(password, lab.salt, COST, onProgress, cancelled);
    if (key === null) return;
    lab.keys.slow = key;
    lab.slowTime = time;
    lab.slowRate = Math.max(lab.slowRate, 1000 / time);
  }
  lab.run = null;
  draw(root, lab);
  say(root, lab, saying);
}

async function hashesPerSecond(password, cancelled) {
  let best = 0;
  for (let worked = 0; worked < MEASURING && !cancelled();) {
    const begun = performance.now();
    let count = 0;
    let spent = 0;
    for (; spent < SLICE; spent = performance.now() - begun) {
      for (let i = 0; i < 100; i++) sha256(password);
      count += 100;
    }
    worked += spent;
    best = Math.max(best, (1000 * count) / spent);
    await turn();
  }
  return best;
}

function draw(root, lab) {
  const write = (selector, said) => setText(root.querySelector(selector), said);
  const text = root.querySelector("#sc-pw-box").value;
  root.querySelector(".sc-pw-results").hidden = !text;
  // What was said of another password is not true of this one.
  root.querySelector(".sc-pw-verdict").classList.toggle("sc-pw-stale", Boolean(lab.run));
  if (!text) return;

  write(".sc-pw-bare-key", lab.keys.bare ? base64(lab.keys.bare) : PENDING);
  write(".sc-pw-slow-key", lab.keys.slow ? base64(lab.keys.slow) : PENDING);
  write(".sc-pw-bare-time", lab.bareRate ? `Takes ${milliseconds(1000 / lab.bareRate)}` : PENDING);
  write(".sc-pw-slow-time", lab.keys.slow ? `Took ${milliseconds(lab.slowTime)}` : PENDING);
  write(".sc-pw-salt", Array.from(lab.salt, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  const search = searchFor(text);
  write(".sc-pw-how", search.how);
  write(".sc-pw-what", search.what);
  for (const way of ["bare", "slow"]) {
    const known = lab[`${way}Rate`] > 0;
    const { rate, time } = guessing(root, lab, way);
    write(`.sc-pw-${way}-rate`, known ? inWords(rate) : PENDING);
    const share = known ? onScale(time) : 0;
    const words = known ? durationInWords(time) : PENDING;
    write(`.sc-pw-${way}-all`, known && isBeyondUniverse(time) ? `${words}, ${BEYOND}` : words);
    write(`.sc-pw-${way}-bar span`, `${NAMES[way]}: ${words}${share === 1 ? ", off this scale" : ""}`);
    root.querySelector(`.sc-pw-${way}-bar`).style.setProperty("--sc-pw-share", share);
  }
}

// Of one way: the logarithms of the guesses in a second, and of the seconds that the search takes.
function guessing(root, lab, way) {
  const speed = Number(root.querySelector("fieldset input:checked").value);
  const rate = Math.log10(lab[`${way}Rate`]) + speed;
  return { rate, time: searchFor(root.querySelector("#sc-pw-box").value).log - rate };
}

// Say what came of it, in the one place that is read out.
function say(root, lab, saying) {
  const verdict = root.querySelector(".sc-pw-verdict");
  const text = root.querySelector("#sc-pw-box").value;
  const { common } = searchFor(text);
  verdict.classList.toggle("sc-pw-common", common);
  verdict.textContent = text ? saying ?? result(root, lab, common) : EMPTY;
}

function result(root, lab, common) {
  const [bare, slow] = ["bare", "slow"].map((way) => durationInWords(guessing(root, lab, way).time));
  if (common) {
    return (
      "One of the most common passwords: it is found at once, with any hash. A guesser begins with a list of " +
      `these: ${bare} with one SHA-256, ${slow} with scrypt.`
    );
  }
  const factor = inWords(Math.log10(lab.bareRate / lab.slowRate));
  return (
    `To try all passwords of this kind takes ${bare} with one SHA-256, and ${slow} with scrypt. ` +
    `Each guess takes ${factor} times as long with scrypt. But guessers begin with words, names and known passwords: ` +
    "they find these in seconds."
  );
}

const newSalt = () => crypto.getRandomValues(new Uint8Array(16));

const milliseconds = (time) => `${Number(time.toPrecision(2))} ms`;

function base64(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
