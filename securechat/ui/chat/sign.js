// The sign of how news come, and what stands over the page while nothing answers: in place of Streamlit's own box,
// which takes the keyboard away from whoever is typing (sign.css).

import { make } from "../dom.js";

export const OLD = "The database does not answer. What you see may be old.";
const SIGNS = {
  live: ["● Live", "What is new appears at once."],
  polling: ["◐ Polling", "The live feed cannot be reached. What is new appears within a few seconds."],
  old: ["◌ Not up to date", OLD],
  offline: ["○ Offline", "No connection to the teacher's computer. It comes back by itself."],
};
const CUT = 1_000; // milliseconds for which the feed may be down, too, until that is believed

export const isStreamlitCut = () => document.querySelector("[data-testid='stConnectionStatus']") !== null;

// Whether the page has lost the server altogether. downSince: when the feed went down.
export const isCutOff = (downSince) => performance.now() - downSince > CUT && isStreamlitCut();

export const newSign = () => [
  make("p", { className: "sc-sign", role: "status" }),
  make("p", { className: "sc-offline", role: "alert" }),
];

export function drawSign(sign, state) {
  if (sign.dataset.state === state) return;
  sign.dataset.state = state;
  [sign.textContent, sign.title] = SIGNS[state];
  sign.nextElementSibling.textContent = state === "offline" ? sign.title : "";
}
