// The bytes of a token, grouped by field. A click, or Enter, picks one; the arrow keys go from one to the next.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-bytes");
  draw(root, data);
  root.onclick = ({ target }) => {
    if (!target.matches("button")) return;
    letTabStopAt(root, target);
    setTriggerValue("pick", Number(target.dataset.index));
  };
  root.onkeydown = (event) => moveFocus(event, root);
}

// Bytes that are there already stay the same elements, so that the focus stays where it is.
function draw(root, { fields, changed }) {
  const shape = JSON.stringify(fields.map(([name, , , hex]) => [name, hex.length]));
  if (root.dataset.shape !== shape) {
    root.dataset.shape = shape;
    root.replaceChildren(...fields.map(group));
    letTabStopAt(root, root.querySelector("button"));
  }
  const buttons = root.querySelectorAll("button");
  for (const [, label, offset, hex] of fields) {
    for (let i = 0; i < hex.length / 2; i += 1) {
      const button = buttons[offset + i];
      const text = hex.slice(2 * i, 2 * i + 2);
      const isChanged = changed.includes(offset + i);
      button.textContent = text;
      button.classList.toggle("sc-changed", isChanged);
      button.setAttribute("aria-label", `Byte ${offset + i}, ${label}: ${text}${isChanged ? ", changed" : ""}`);
    }
  }
}

function group([name, label, offset, hex]) {
  const box = document.createElement("div");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  const title = document.createElement("span");
  title.className = `sc-field sc-${name}`;
  title.textContent = label;
  const bytes = document.createElement("div");
  for (let i = 0; i < hex.length / 2; i += 1) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `sc-${name}`;
    button.dataset.index = offset + i;
    button.tabIndex = -1;
    bytes.append(button);
  }
  box.append(title, bytes);
  return box;
}

function letTabStopAt(root, button) {
  for (const other of root.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
  button.tabIndex = 0;
}

function moveFocus(event, root) {
  const buttons = [...root.querySelectorAll("button")];
  const at = buttons.indexOf(event.target);
  const goal = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - 16, ArrowDown: at + 16, Home: 0, End: buttons.length - 1 };
  const button = at < 0 ? undefined : buttons[goal[event.key]];
  if (!button) return;
  event.preventDefault();
  letTabStopAt(root, button);
  button.focus();
}
