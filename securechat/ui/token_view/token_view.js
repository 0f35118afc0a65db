// One token with its fields told apart, or only the legend that names them.

import { copyText, tokenElement } from "../fields.js";

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".sc-token-view");
  const body = [];
  if (data.token !== null) {
    const copy = document.createElement("button");
    copy.type = "button";
    copy.className = "sc-action";
    copy.textContent = "Copy";
    copy.setAttribute("aria-label", "Copy the token");
    copy.onclick = () => copyText(data.token, copy);
    const box = document.createElement("div");
    box.className = "sc-box";
    box.append(tokenElement(data.token, data.spans), copy);
    body.push(box);
  }
  const legend = document.createElement("ul");
  legend.className = "sc-legend";
  legend.setAttribute("aria-label", "The fields of a token");
  for (const [field, label] of data.legend) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = `sc-field sc-${field}`;
    name.textContent = label;
    item.append(name);
    legend.append(item);
  }
  if (data.token === null) body.push(fold(root));
  body.push(legend);
  root.replaceChildren(...body);
}

// The button that opens the legend where it is folded: on a phone.
function fold(root) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sc-action sc-fold";
  button.textContent = "Colours";
  const set = (open) => {
    root.dataset.open = open;
    button.setAttribute("aria-expanded", open);
  };
  button.onclick = () => set(root.dataset.open !== "true");
  set(root.dataset.open === "true");
  return button;
}
