// The wall on the page: takes what runs of the page, the feed and looks say of it, draws it, and asks for a run
// where what the page has drawn beside it is out of date.

const TICK = 500; // milliseconds
const BEHIND = 900; // milliseconds that the page may be behind: a run on its way takes less
const AGAIN = 3_000; // milliseconds until a run is asked for again
const PATIENCE = 4_000; // milliseconds that the feed may take to come up
const OFFLINE = 12_000; // milliseconds without feed and looks
const WRITES = 5_000; // milliseconds for which "writing…" is believed
const SIGNS = {
  live: ["● Live", "Everything appears at once."],
  polling: ["◐ Polling", "The live feed cannot be reached. News appear within a few seconds."],
  offline: ["○ Offline", "The server does not answer. This page tries again by itself."],
};
const walls = new WeakMap();
const now = () => performance.now();

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-wall");
  const wall = walls.get(root) ?? start(root);
  const isOther = wall.data && wall.data.id !== data.id;
  Object.assign(wall, { data, heardAt: now(), behindSince: null });
  wall.ask = () => leaving.now || setTriggerValue("behind", Date.now());
  wall.tell = (live) => leaving.now || setStateValue("live", live);
  wall.pick = (what) => setTriggerValue("pick", what);
  // What the feed has said is newer than what a run knew.
  if (!wall.feed.live || isOther) wall.frame = data.frame;
  wall.feed.take(data);
  draw(root, wall);
}

function start(root) {
  leaving.arrive();
  const wall = { downSince: now(), toldAt: -Infinity, askedAt: -Infinity, behindSince: null };
  const list = root.querySelector(".sc-tiles");
  wall.feed = new WallFeed({
    onFrame: (frame) => { Object.assign(wall, { frame, heardAt: now() }); draw(root, wall); },
    onChange: () => { wall.downSince = now(); drawSign(root, wall); },
    ask: () => wall.ask(),
  });
  const onLook = ({ detail }) => {
    wall.heardAt = now();
    wall.isBehind = detail.run !== wall.data.run; // Streamlit may lose what a run has drawn
    if (wall.feed.live) return;
    wall.frame = detail.frame;
    draw(root, wall);
  };
  const onResize = () => fit(root, wall);
  const timer = setInterval(() => {
    if (root.isConnected) {
      tick(root, wall);
      return;
    }
    clearInterval(timer);
    wall.feed.end();
    window.removeEventListener("securechat:wall", onLook);
    window.removeEventListener("resize", onResize);
  }, TICK);
  window.addEventListener("securechat:wall", onLook);
  window.addEventListener("resize", onResize);
  root.onclick = ({ target }) => {
    const tile = target.closest(".sc-tiles[data-pick='true'] > li");
    const person = target.closest("button[data-person]");
    if (person) wall.pick({ person: person.dataset.person });
    else if (tile && !getSelection().toString()) wall.pick({ room: tile.dataset.room });
  };
  list.onkeydown = (event) => moveBetweenTiles(event, list);
  list.addEventListener("focusin", ({ target }) => letTabStopAt(target, list));
  walls.set(root, wall);
  return wall;
}

function tick(root, wall) {
  wall.feed.check();
  drawSign(root, wall);
  if (now() - wall.heardAt > WRITES && wall.frame.rooms.some((room) => room.writing.length)) {
    wall.frame = { ...wall.frame, rooms: wall.frame.rooms.map((room) => ({ ...room, writing: [] })) };
    draw(root, wall);
  }
  const lost = !wall.feed.live && now() - wall.downSince > PATIENCE;
  if (wall.data.polls !== lost && (lost || wall.feed.live) && now() - wall.toldAt > AGAIN) {
    wall.toldAt = now();
    wall.tell(!lost);
  }
  if (!wall.isBehind && pageState(wall.frame, wall.data) === pageState(wall.data.frame, wall.data)) wall.behindSince = null;
  else wall.behindSince ??= now();
  if (wall.behindSince === null || now() - wall.behindSince < BEHIND || now() - wall.askedAt < AGAIN) return;
  wall.askedAt = now();
  wall.isBehind = false;
  wall.ask();
}

// All that the page beside the wall is drawn from.
function pageState(frame, { view, room, person }) {
  const basic = [frame.closed, frame.joining];
  if (view !== "desk") return JSON.stringify(basic);
  const chosen = frame.rooms.find(({ name }) => name === room);
  const members = chosen?.members.map((id) => frame.people[id]);
  return JSON.stringify([...basic, frame.locked, frame.waiting.length, chosen?.locked, members, frame.people[person]]);
}

function draw(root, wall) {
  const { frame, data } = wall;
  root.dataset.view = data.view;
  const people = Object.entries(frame.people).map(([id, person]) => ({ ...person, id }));
  const pairs = frame.rooms.filter((room) => room.members.length > 1).length;
  drawCounts(root.querySelector(".sc-counts"), [
    [people.filter(({ here, left }) => here && !left).length, "here"],
    [pairs, pairs === 1 ? "pair" : "pairs"],
    [frame.waiting.length, "waiting"],
  ]);
  root.querySelector(".sc-all-paused").hidden = !frame.locked;
  const pick = data.view === "desk";
  drawPeople(root.querySelector(".sc-waiting"), "Waiting for somebody to write to:", frame.waiting.map((id) => ({ ...frame.people[id], id })), pick, data.person);
  drawPeople(root.querySelector(".sc-away-line"), "Away:", people.filter(({ here, left }) => !here || left), pick, data.person);
  drawTiles(root.querySelector(".sc-tiles"), frame, { pick, chosen: data.room });
  root.querySelector(".sc-nobody").hidden = people.length > 0;
  drawSign(root, wall);
  fit(root, wall);
}

function drawCounts(line, counts) {
  if (!line.children.length) {
    for (const _ of counts) {
      const item = child(line, "span", "sc-count");
      child(item, "b", "");
      child(item, "span", "");
    }
  }
  counts.forEach(([number, word], index) => {
    setText(line.children[index].firstElementChild, String(number));
    setText(line.children[index].lastElementChild, ` ${word}`);
  });
}

function drawPeople(line, label, people, pick, chosen) {
  const shown = JSON.stringify([people, pick, chosen]);
  if (line.dataset.shown === shown) return;
  line.dataset.shown = shown;
  line.hidden = !people.length;
  setText(line.querySelector("span"), label);
  const list = line.querySelector("ul");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.person : null;
  list.replaceChildren(...people.map((person) => {
    const item = nameOf({ ...person, here: person.here && !person.left });
    item.querySelector("small")?.replaceChildren(person.left ? "left" : "away");
    if (!pick) return item;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.person = person.id;
    button.setAttribute("aria-pressed", String(person.id === chosen));
    button.append(...item.childNodes);
    item.append(button);
    return item;
  }));
  if (focused) list.querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
}

function drawSign(root, wall) {
  const sign = root.querySelector(".sc-sign");
  const silent = now() - Math.max(wall.heardAt, wall.downSince) > OFFLINE;
  const state = wall.feed.live ? "live" : silent ? "offline" : "polling";
  if (sign.dataset.state === state) return;
  sign.dataset.state = state;
  [sign.textContent, sign.title] = SIGNS[state];
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
