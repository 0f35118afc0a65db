// The way to the page on which two seal their room: pressed, it asks for a run of the page, which hands out a fresh
// ticket, and goes there with that, in the same tab.

import { homeOf } from "../chat/addresses.js";
import { setHidden, setLine, setText } from "../dom.js";
import { hasSealedPage } from "./host.js";

const AGAIN = 3_000; // milliseconds until a run is asked for again: one may get lost
const TRIES = 4;
const NO_PAGE = "At this address there is no page to seal a room with. Tell your teacher.";
const NO_ANSWER = "The server does not answer. Try again.";
const TYPED = "What you have typed is not sent yet. Go without it?";

// page: the path of this page within the app; room: its name; label: what stands on the button; due: whether it is what
// to do now; ticket: for the press whose name is in `order`, else empty.
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-way");
  const way = (root.way ??= { address: `${homeOf(data.page)}sealed` });
  Object.assign(way, { button: root.querySelector("button"), note: root.querySelector("p"), label: data.label });
  way.ask = (order) => setTriggerValue("asked", order);
  way.button.classList.toggle("sc-way-due", data.due);
  way.button.onclick = () => press(root, way);
  if (!way.order) setText(way.button, way.label);
  if (way.order && data.order === way.order) go(way, data);
  way.looked ??= look(way);
}

// Where there is no such page, nobody is led to it.
async function look(way) {
  const isThere = await hasSealedPage(way.address);
  if (isThere !== false) return;
  setHidden(way.button, true);
  setLine(way.note, NO_PAGE);
}

function press(root, way) {
  if (way.order) return;
  const isTyped = document.querySelector(".st-key-pane_room textarea")?.value.trim();
  if (isTyped && !confirm(TYPED)) return;
  way.order = `${Date.now()} ${Math.random()}`;
  setLine(way.note, "");
  setText(way.button, "One moment …");
  way.button.ariaDisabled = "true";
  ask(root, way, TRIES);
}

function ask(root, way, tries) {
  if (!root.isConnected) return;
  if (tries === 0) {
    rest(way);
    setLine(way.note, NO_ANSWER);
    return;
  }
  way.ask(way.order);
  way.timer = setTimeout(() => ask(root, way, tries - 1), AGAIN);
}

function go(way, { room, ticket }) {
  rest(way); // for whoever comes back by the Back button
  location.assign(`${way.address}#pair=${encodeURIComponent(room)}&ticket=${encodeURIComponent(ticket)}`);
}

function rest(way) {
  clearTimeout(way.timer);
  way.order = "";
  way.button.ariaDisabled = "false";
  setText(way.button, way.label);
}
