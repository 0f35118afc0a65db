// The bytes of a token, grouped by field. A click, or Enter, picks one; the arrow keys go from one to the next.

import { isChanged, letTabStopAt, make, moveFocus, setText } from "../dom.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-bytes");
  draw(root, data);
  const buttons = [...root.querySelectorAll("button")];
  root.onclick = ({ target }) => {
    if (!target.matches("button")) return;
    letTabStopAt(target, buttons);
    setTriggerValue("pick", Number(target.dataset.index));
  };
  root.onkeydown = (event) => moveFocus(event, buttons, 16);
}

// Bytes that are there already stay the same elements, so that the focus stays where it is.
function draw(root, { fields, changed }) {
  if (isChanged(root, fields.map(([name, , , hex]) => [name, hex.length]))) {
    root.replaceChildren(...fields.map(group));
    root.querySelector("button").tabIndex = 0;
  }
  const buttons = root.querySelectorAll("button");
  for (const [, label, offset, hex] of fields) {
    for (let i = 0; i < hex.length / 2; i += 1) {
      const button = buttons[offset + i];
      const text = hex.slice(2 * i, 2 * i + 2);
      const isOther = changed.includes(offset + i);
      setText(button, text);
      button.classList.toggle("sc-changed", isOther);
      button.ariaLabel = `Byte ${offset + i}, ${label}: ${text}${isOther ? ", changed" : ""}`;
    }
  }
}

function group([name, label, offset, hex]) {
  const bytes = Array.from({ length: hex.length / 2 }, (_, i) =>
    make("button", { className: `sc-${name}`, tabIndex: -1, dataset: { index: offset + i } }));
  return make("div", { role: "group", ariaLabel: label },
    make("span", { className: `sc-field sc-${name}` }, label), make("div", {}, ...bytes));
}
