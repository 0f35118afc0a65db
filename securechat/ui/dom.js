// Makes an element: its tag, its properties, what stands in its `data-` attributes, and what is in it: elements, texts,
// or false for nothing. A button sends no form.
export function make(tag, { dataset, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), tag === "button" && { type: "button" }, properties);
  Object.assign(element.dataset, dataset);
  element.append(...children.filter(Boolean));
  return element;
}

// Written only where it changes: else all that stands around it would be styled anew, and read out again.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setHidden(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

// Of a line that is there only with a text.
export function setLine(element, text) {
  setText(element, text);
  setHidden(element, !text);
}

// Says whether something else is to be drawn there than the last time.
export function isChanged(element, shown) {
  const before = element.shown;
  element.shown = JSON.stringify(shown);
  return element.shown !== before;
}

// The Tab key stops at one of them only, and an arrow key goes from that to another. across: how many stand in a row.
export function letTabStopAt(item, items) {
  for (const other of items) other.tabIndex = other === item ? 0 : -1;
}

export function moveFocus(event, items, across) {
  const at = items.indexOf(event.target);
  const last = items.length - 1;
  const goal = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - across, ArrowDown: at + across, Home: 0, End: last };
  const item = at < 0 ? undefined : items[goal[event.key]];
  if (!item) return;
  event.preventDefault();
  letTabStopAt(item, items);
  item.focus();
}
