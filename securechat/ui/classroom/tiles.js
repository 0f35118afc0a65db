// The tiles of a wall: one for each room, kept by its name and changed in place, so that nothing moves that
// stays, and focus and selection are kept.

import { isChanged, make, setHidden, setLine, setText } from "../dom.js";
import { nounFor } from "../wording.js";

const FLASH = 1_200; // milliseconds for which a tile shows that something has come
const DENSITIES = [6, 16, 36]; // up to how many tiles there is how much room for each

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
  const cut = () => make("p", { className: "sc-cut" }, make("span", { className: "sc-cut-by" }), make("code"));
  return make("li", { className: `sc-tile${room.number ? "" : " sc-tile-all"}`, dataset: { room: room.name } },
    make("div", { className: "sc-tile-inner" },
      make("div", { className: "sc-tile-head" },
        make(pick ? "button" : "strong", { className: "sc-tile-title", ...(pick && { tabIndex: -1 }) }, room.title),
        make("span", { className: "sc-tile-seal", hidden: true }),
        make("span", { className: "sc-tile-paused" }, "Paused"),
        make("span", { className: "sc-tile-count" }, make("b"), make("span"))),
      make("ul", { className: "sc-tile-names" }),
      make("div", { className: "sc-tile-cuts" }, cut(), cut())));
}

function updateTile(tile, room, frame, chosen) {
  const part = (name) => tile.querySelector(`.sc-tile-${name}`);
  const title = part("title");
  const people = room.members.map((id) => ({ ...frame.people[id], writing: room.writing.includes(id) }));
  const paused = room.locked || frame.locked;
  const said = people.map(({ name, here }) => (here ? name : `${name} (away)`)).join(", ");
  setText(part("count").firstElementChild, String(room.count));
  setText(part("count").lastElementChild, ` ${nounFor(room.count, "message")}`);
  setHidden(part("paused"), !paused);
  setLine(part("seal"), room.seal);
  part("seal").dataset.seal = room.seal;
  if (title.tagName === "BUTTON") {
    setAttribute(title, "aria-pressed", String(room.name === chosen));
    const what = [room.title, said, part("count").textContent, room.seal, paused ? "paused" : ""].filter(Boolean);
    setAttribute(title, "aria-label", what.join(", "));
  }
  tile.classList.toggle("sc-tile-empty", room.number > 0 && !people.length);
  drawNames(part("names"), room, people, frame);
  const cuts = part("cuts").children;
  room.messages.toReversed().forEach((message, line) => {
    setText(cuts[line].firstElementChild, message.recipient ? `${message.name} to ${message.recipient}` : message.name);
    setText(cuts[line].lastElementChild, message.token);
  });
  [...cuts].forEach((cut, line) => setHidden(cut, line >= room.messages.length));
  const before = Number(tile.dataset.count ?? NaN);
  if (room.count > before) flash(tile);
  tile.dataset.count = room.count;
}

function drawNames(list, room, people, frame) {
  const all = Object.values(frame.people).filter((person) => !person.left);
  const none = room.number ? "Nobody is in this room now" : `The whole class: ${all.length}`;
  if (!isChanged(list, people.length ? people : none)) return;
  list.replaceChildren(...(people.length ? people.map(nameOf) : [make("li", {}, none)]));
}

// A name with signs of presence: a full or a hollow dot, and words.
export function nameOf({ name, here, writing }) {
  const state = writing ? make("em", {}, "writing…") : !here && make("small", {}, "away");
  return make("li", { className: here ? "sc-here" : "sc-gone" },
    make("span", { className: "sc-dot", ariaHidden: true }), make("bdi", {}, name), state);
}

// No animation: with ten messages a second that alone would keep a browser busy.
function flash(tile) {
  tile.classList.add("sc-fresh");
  clearTimeout(tile.flash);
  tile.flash = setTimeout(() => tile.classList.remove("sc-fresh"), FLASH);
}

// How many tiles stand in a row.
export const columnsOf = (list) => getComputedStyle(list).gridTemplateColumns.split(" ").length;

// How many columns fill so much room with tiles that are as large as can be.
export function columnsFor(count, width, height) {
  let [best, size] = [1, 0];
  for (let columns = 1; columns <= count; columns++) {
    const fits = Math.min(width / columns / 1.5, height / Math.ceil(count / columns));
    if (fits > size) [best, size] = [columns, fits];
  }
  return best;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
