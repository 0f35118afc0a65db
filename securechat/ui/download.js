// Saves a text as a file of whoever sits at this browser. The file is made here, so no address of the server has
// it. With an order, the text is asked for, and saved when it comes; without, it is there already.

import { make, setText } from "./dom.js";

const KEPT = 10_000; // milliseconds until the browser has surely begun to save
const PATIENCE = 5_000; // milliseconds in which the page has surely taken the pressed button away
const done = new Set(); // orders that were saved, by key and name
let looking = 0;

// The button takes the place of the one that was just pressed, and with that the focus: as soon as the page has
// taken that one away, which may be later. Whoever has gone on to something else meanwhile stays there.
function takeFocus(button) {
  cancelAnimationFrame(looking);
  const before = document.activeElement;
  const end = performance.now() + PATIENCE;
  const look = () => {
    const active = document.activeElement;
    if (active === document.body) button.focus();
    else if (active === before && button.isConnected && performance.now() < end) looking = requestAnimationFrame(look);
  };
  look();
}

export default function ({ data, key, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const label = data.label ?? `Save ${data.name}`;
  setText(button, label);
  const isAsked = data.order !== undefined;
  button.classList.toggle("sc-save-plain", isAsked);
  const save = () => {
    const href = URL.createObjectURL(new Blob([data.text], { type: "application/octet-stream" }));
    make("a", { href, download: data.name }).click();
    setTimeout(() => URL.revokeObjectURL(href), KEPT);
    setTriggerValue("saved", true); // the text leaves the page with the run that follows
  };
  button.onclick = isAsked ? () => setTriggerValue("asked", true) : save;
  const order = `${key} ${data.order}`;
  if (isAsked && data.text !== null && !done.has(order)) {
    done.add(order);
    save();
  }
  if (!isAsked) takeFocus(button);
}
