// The wall on the page: takes what runs of the page, the feed and looks say of it, draws it, and asks for a run
// where what the page has drawn beside it is out of date.

import { homeOf, socketAddress } from "../chat/addresses.js";
import { isUnanswered } from "../chat/fallback.js";
import { ENDED, Feed, LOST } from "../chat/feed.js";
import { leaving } from "../chat/leaving.js";
import { drawSign, isCutOff } from "../chat/sign.js";
import { isDue, keepUp, takeRun } from "../chat/upkeep.js";
import { isChanged, letTabStopAt, make, moveFocus, setHidden, setText } from "../dom.js";
import { columnsFor, columnsOf, drawTiles, nameOf } from "./tiles.js";

const BEHIND = 900; // milliseconds that the page may be behind: a run on its way takes less
const WRITES = 5_000; // milliseconds for which "writing…" is believed
const now = () => performance.now();

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-wall");
  const wall = (root.wall ??= start(root));
  if (wall.data?.id !== data.id) {
    wall.feed?.end();
    wall.feed = newFeed(root, wall, data);
  }
  takeRun(wall, { data, setStateValue, setTriggerValue }, wall.feed);
  wall.pick = (what) => setTriggerValue("pick", what);
  hear(root, wall, data);
}

// Takes what a run or a look tells; where the feed is up, that has the last word.
function hear(root, wall, { frame, run, ticket }) {
  Object.assign(wall, { heardAt: now(), isBehind: run !== wall.data.run }); // Streamlit may lose what a run has drawn
  if (!wall.feed.live) wall.frame = frame;
  wall.feed.take(ticket);
  wall.feed.connect();
  draw(root, wall);
}

function newFeed(root, wall, { id, page }) {
  const path = socketAddress(homeOf(page), `api/classes/${encodeURIComponent(id)}/live`);
  const feed = new Feed({
    address: () => `${path}?ticket=${encodeURIComponent(feed.ticket)}`,
    onFrame: (frame) => {
      if (frame.type !== "wall") return;
      feed.rise();
      Object.assign(wall, { frame, heardAt: now() });
      draw(root, wall);
    },
    onDown: (code) => {
      if (code === ENDED) feed.end();
      if (code === LOST) wall.ask(); // the page has to say why
      drawState(root, wall);
    },
  });
  return feed;
}

function start(root) {
  leaving.arrive();
  const wall = {};
  const list = root.querySelector(".sc-tiles");
  const onLook = ({ detail }) => hear(root, wall, detail);
  const onResize = () => fit(root, wall);
  const end = () => {
    wall.feed.end();
    window.removeEventListener("securechat:wall", onLook);
    window.removeEventListener("resize", onResize);
  };
  keepUp(root, wall, { tick: () => tick(root, wall), check: () => check(wall), end });
  window.addEventListener("securechat:wall", onLook);
  window.addEventListener("resize", onResize);
  root.onclick = ({ target }) => {
    const tile = target.closest(".sc-tiles[data-pick='true'] > li");
    const person = target.closest("button[data-person]");
    if (person) wall.pick({ person: person.dataset.person });
    else if (tile && !getSelection().toString()) wall.pick({ room: tile.dataset.room });
  };
  // Arrow keys go from tile to tile; the Tab key goes on to what follows the wall.
  const heads = () => [...list.querySelectorAll("button")];
  list.onkeydown = (event) => moveFocus(event, heads(), columnsOf(list));
  list.addEventListener("focusin", ({ target }) => letTabStopAt(target, heads()));
  return wall;
}

function tick(root, wall) {
  wall.feed.check();
  drawState(root, wall);
  if (now() - wall.heardAt > WRITES && wall.frame.rooms.some((room) => room.writing.length)) {
    wall.frame = { ...wall.frame, rooms: wall.frame.rooms.map((room) => ({ ...room, writing: [] })) };
    draw(root, wall);
  }
}

function check(wall) {
  const { frame, data } = wall;
  if (!wall.isBehind && pageState(frame, data) === pageState(data.frame, data)) wall.dueAt = null;
  else isDue(wall, BEHIND);
}

// All that the page beside the wall is drawn from.
function pageState(frame, { view, room, person }) {
  const basic = [frame.closed, frame.joining];
  if (view !== "desk") return JSON.stringify(basic);
  const chosen = frame.rooms.find(({ name }) => name === room);
  const members = chosen?.members.map((id) => frame.people[id]);
  const switches = [frame.locked, frame.free_names, frame.shows_recipients, frame.seal_rule, frame.desk];
  return JSON.stringify([...basic, ...switches, frame.waiting.length, chosen?.locked, chosen?.seal, members, frame.people[person]]);
}

function draw(root, wall) {
  const { frame, data } = wall;
  root.dataset.view = data.view;
  const people = Object.entries(frame.people).map(([id, person]) => ({ ...person, id }));
  const rooms = frame.rooms.filter((room) => room.members.length > 1).length;
  drawCounts(root.querySelector(".sc-counts"), [
    [people.filter(({ here, left }) => here && !left).length, "here"],
    [rooms, rooms === 1 ? "room" : "rooms"],
    [frame.waiting.length, "waiting"],
  ]);
  root.querySelector(".sc-all-paused").hidden = !frame.locked;
  const pick = data.view === "desk";
  drawPeople(root.querySelector(".sc-waiting"), "Waiting for somebody to write to:", frame.waiting.map((id) => ({ ...frame.people[id], id })), pick, data.person);
  drawPeople(root.querySelector(".sc-away-line"), "Away:", people.filter(({ here, left, id }) => left || (!here && !frame.waiting.includes(id))), pick, data.person);
  drawTiles(root.querySelector(".sc-tiles"), frame, { pick, chosen: data.room });
  root.querySelector(".sc-nobody").hidden = people.length > 0;
  drawState(root, wall);
  fit(root, wall);
}

function drawCounts(line, counts) {
  if (!line.children.length) {
    line.append(...counts.map(() => make("span", {}, make("b"), make("span"))));
  }
  counts.forEach(([number, word], index) => {
    setText(line.children[index].firstElementChild, String(number));
    setText(line.children[index].lastElementChild, ` ${word}`);
  });
}

function drawPeople(line, label, people, pick, chosen) {
  if (!isChanged(line, [people, pick, chosen])) return;
  setHidden(line, !people.length);
  setText(line.querySelector("span"), label);
  const list = line.querySelector("ul");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.person : null;
  list.replaceChildren(...people.map((person) => {
    const item = nameOf({ ...person, here: person.here && !person.left });
    item.querySelector("small")?.replaceChildren(person.left ? "left" : "away");
    if (!pick) return item;
    const state = { ariaPressed: person.id === chosen, dataset: { person: person.id } };
    item.append(make("button", state, ...item.childNodes));
    return item;
  }));
  if (focused) list.querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
}

function drawState(root, wall) {
  const { heardAt, data: { polls, interval }, feed: { live, downSince } } = wall;
  const offline = isCutOff(downSince) || isUnanswered(wall, polls, { heardAt, interval });
  drawSign(root.querySelector(".sc-sign"), live ? "live" : offline ? "offline" : "polling");
}

// For the back row all tiles are on the screen at once, as large as can be.
function fit(root, wall) {
  const list = root.querySelector(".sc-tiles");
  const fills = (wall.data.view === "wall" || wall.data.view === "projector") && innerWidth > 640;
  root.classList.toggle("sc-fills", fills);
  if (!fills) return;
  const away = root.querySelector(".sc-away-line");
  const height = Math.max(220, innerHeight - list.getBoundingClientRect().top - away.offsetHeight - 24);
  const columns = columnsFor(list.children.length, list.clientWidth, height);
  list.style.setProperty("--columns", columns);
  list.style.setProperty("--rows", Math.ceil(list.children.length / columns));
  list.style.setProperty("--height", `${height}px`);
}
