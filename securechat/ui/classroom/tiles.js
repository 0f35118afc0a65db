// The tiles of a wall: one for each room, kept by its name and changed in place, so that nothing moves that
// stays, and focus and selection are kept.

const FLASH = 1_200; // milliseconds for which a tile shows that something has come
const DENSITIES = [6, 16, 36]; // up to how many tiles there is how much room for each
const flashes = new WeakMap(); // the timer of each tile that shows it

// frame: the wall; pick: whether tiles can be picked; chosen: the name of the room that is.
export function drawTiles(list, frame, { pick, chosen }) {
  if (list.dataset.pick !== String(pick)) list.replaceChildren(); // other elements from here on
  list.dataset.pick = pick;
  const rooms = frame.rooms.filter((room) => !room.number || room.members.length || (pick && room.count));
  const there = new Map([...list.children].map((tile) => [tile.dataset.room, tile]));
  let before = null;
  for (const room of rooms) {
    const tile = there.get(room.name) ?? newTile(room, pick);
    there.delete(room.name);
    const next = before ? before.nextElementSibling : list.firstElementChild;
    if (next !== tile) list.insertBefore(tile, next);
    updateTile(tile, room, frame, chosen);
    before = tile;
  }
  for (const tile of there.values()) tile.remove();
  list.dataset.density = DENSITIES.findIndex((most) => rooms.length <= most) + 1 || DENSITIES.length + 1;
  const heads = [...list.querySelectorAll("button")];
  if (heads.length && !heads.some((head) => head.tabIndex === 0)) heads[0].tabIndex = 0;
}

function newTile(room, pick) {
  const tile = document.createElement("li");
  tile.className = `sc-tile${room.number ? "" : " sc-tile-all"}`;
  tile.dataset.room = room.name;
  const inner = child(tile, "div", "sc-tile-inner");
  const head = child(inner, "div", "sc-tile-head");
  const title = child(head, pick ? "button" : "strong", "sc-tile-title");
  if (pick) {
    title.type = "button";
    title.tabIndex = -1;
  }
  title.textContent = room.title;
  child(head, "span", "sc-tile-paused").textContent = "Paused";
  const count = child(head, "span", "sc-tile-count");
  child(count, "b", "");
  child(count, "span", "");
  child(inner, "ul", "sc-tile-names");
  const cuts = child(inner, "div", "sc-tile-cuts");
  for (let line = 0; line < 2; line++) {
    const cut = child(cuts, "p", "sc-cut");
    child(cut, "span", "sc-cut-by");
    child(cut, "code", "");
  }
  return tile;
}

function updateTile(tile, room, frame, chosen) {
  const part = (name) => tile.querySelector(`.sc-tile-${name}`);
  const title = part("title");
  const people = room.members.map((id) => ({ ...frame.people[id], writing: room.writing.includes(id) }));
  const paused = room.locked || frame.locked;
  const said = people.map(({ name, here }) => (here ? name : `${name} (away)`)).join(", ");
  setText(part("count").firstElementChild, String(room.count));
  setText(part("count").lastElementChild, room.count === 1 ? " message" : " messages");
  part("paused").hidden = !paused;
  if (title.tagName === "BUTTON") {
    setAttribute(title, "aria-pressed", String(room.name === chosen));
    const what = [room.title, said, part("count").textContent, paused ? "paused" : ""].filter(Boolean);
    setAttribute(title, "aria-label", what.join(", "));
  }
  tile.classList.toggle("sc-tile-empty", room.number > 0 && !people.length);
  drawNames(part("names"), room, people, frame);
  const cuts = part("cuts").children;
  room.messages.toReversed().forEach((message, line) => {
    setText(cuts[line].firstElementChild, message.recipient ? `${message.name} to ${message.recipient}` : message.name);
    setText(cuts[line].lastElementChild, message.token);
  });
  [...cuts].forEach((cut, line) => { cut.hidden = line >= room.messages.length; });
  const before = Number(tile.dataset.count ?? NaN);
  if (room.count > before) flash(tile);
  tile.dataset.count = room.count;
}

function drawNames(list, room, people, frame) {
  const all = Object.values(frame.people).filter((person) => !person.left);
  const none = room.number ? "Nobody is in this room now" : `The whole class: ${all.length}`;
  const shown = JSON.stringify(people.length ? people : none);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren();
  if (!people.length) child(list, "li", "").textContent = none;
  for (const person of people) list.append(nameOf(person));
}

// A name with signs of presence: a full or a hollow dot, and words.
export function nameOf({ name, here, writing }) {
  const item = document.createElement("li");
  item.className = here ? "sc-here" : "sc-gone";
  child(item, "span", "sc-dot").setAttribute("aria-hidden", "true");
  child(item, "bdi", "").textContent = name;
  if (writing) child(item, "em", "").textContent = "writing…";
  else if (!here) child(item, "small", "").textContent = "away";
  return item;
}

// No animation: with ten messages a second that alone would keep a browser busy.
function flash(tile) {
  tile.classList.add("sc-fresh");
  clearTimeout(flashes.get(tile));
  flashes.set(tile, setTimeout(() => tile.classList.remove("sc-fresh"), FLASH));
}

// Arrow keys go from tile to tile; the Tab key goes on to what follows the wall.
export function moveBetweenTiles(event, list) {
  const heads = [...list.querySelectorAll("button")];
  const at = heads.indexOf(event.target);
  const across = getComputedStyle(list).gridTemplateColumns.split(" ").length;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -at, End: heads.length - 1 - at };
  const goal = at < 0 ? null : heads[at + steps[event.key]];
  if (!goal) return;
  event.preventDefault();
  goal.focus();
}

export function letTabStopAt(head, list) {
  for (const other of list.querySelectorAll("button")) other.tabIndex = other === head ? 0 : -1;
}

// How many columns fill so much room with tiles that are as large as can be.
export function columnsFor(count, width, height) {
  let [best, size] = [1, 0];
  for (let columns = 1; columns <= count; columns++) {
    const fits = Math.min(width / columns / 1.5, height / Math.ceil(count / columns));
    if (fits > size) [best, size] = [columns, fits];
  }
  return best;
}

export function child(parent, tag, name) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  parent.append(element);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
