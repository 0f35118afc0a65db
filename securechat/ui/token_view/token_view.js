// One token with its fields told apart, or only the legend that names them.

import { make } from "../dom.js";
import { copyText, tokenElement } from "../fields.js";

export default function ({ data: { token, spans, legend }, parentElement }) {
  const root = parentElement.querySelector(".sc-token-view");
  const names = legend.map(([field, label]) => make("li", {}, make("span", { className: `sc-field sc-${field}` }, label)));
  root.replaceChildren(
    token === null ? fold(root) : box(token, spans),
    make("ul", { className: "sc-legend", ariaLabel: "The fields of a token" }, ...names),
  );
}

function box(token, spans) {
  const copy = make("button", { className: "sc-action", ariaLabel: "Copy the token" }, "Copy");
  copy.onclick = () => copyText(token, copy);
  return make("div", { className: "sc-box" }, tokenElement(token, spans), copy);
}

// The button that opens the legend where it is folded: on a phone.
function fold(root) {
  const button = make("button", { className: "sc-action sc-fold" }, "Colours");
  const set = (isOpen) => { root.dataset.open = button.ariaExpanded = isOpen; };
  button.onclick = () => set(root.dataset.open !== "true");
  set(root.dataset.open === "true");
  return button;
}
