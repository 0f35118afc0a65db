// Where a message is typed: Enter sends, Shift and Enter break the line. What cannot be sent stays in the box, and what
// is refused comes back into it, before anything typed since.

import { setLine } from "./dom.js";

const COMPOSED = 100; // milliseconds after a composition in which an Enter may be the one that ended it

// send: takes a text, and returns what is wrong with it; nothing if it is on its way. Returned is what gives a text back.
export function startComposer(form, send) {
  const box = form.querySelector("textarea");
  const fault = form.querySelector("#fault");
  let composedAt = -Infinity;
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  };
  const say = (text) => setLine(fault, text);
  form.onsubmit = (event) => {
    event.preventDefault();
    const problem = send(box.value);
    say(problem);
    if (!problem) box.value = "";
    requestAnimationFrame(fit); // what is sent is on its way first
    box.focus();
  };
  box.oninput = () => {
    say("");
    fit();
  };
  box.addEventListener("compositionend", ({ timeStamp }) => { composedAt = timeStamp; }); // Safari: before its Enter
  box.onkeydown = (event) => {
    const ends = event.isComposing || (event.keyCode === 229 && event.timeStamp - composedAt < COMPOSED);
    if (event.key !== "Enter" || event.shiftKey || ends) return;
    event.preventDefault();
    form.requestSubmit();
  };
  const giveBack = (text, reason) => {
    box.setRangeText(box.value ? `${text}\n` : text, 0, 0, "preserve");
    fit();
    say(reason);
  };
  return giveBack;
}
