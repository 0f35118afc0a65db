// Counts messages that nobody has looked at: those of the shown room while the page is hidden, those of others always.

import { setLine } from "../dom.js";
import { countOf, newsText, noteSeen } from "./counting.js";
import { joinRoom, roomOf } from "./room.js";

const PREFIX = /^\(\d+\) /;

export function countUnread(badge, room, data) {
  const counter = (badge.counter ??= startCounting(badge));
  const others = data.others.map((there) => [there, roomOf(there)]);
  Object.assign(counter, { room, data, others });
  data.others.forEach(joinRoom);
  room.show(badge, () => drawCount(badge, counter), ...others.map(([, other]) => other));
}

function startCounting(badge) {
  // Streamlit sets the title anew with every run.
  const timer = setInterval(() => (badge.isConnected ? drawCount(badge, badge.counter) : stop(timer)), 1_000);
  return {};
}

function stop(timer) {
  clearInterval(timer);
  document.title = document.title.replace(PREFIX, "");
}

function drawCount(badge, { room, data, others }) {
  const { viewer, last } = data;
  if (document.visibilityState === "visible") noteSeen(room);
  const counts = others.map(([there, other]) => [there.title, countOf(other, { viewer, last: there.last })]);
  setLine(badge, newsText(counts));
  const total = counts.reduce((sum, [, count]) => sum + count, countOf(room, { viewer, last }));
  const title = document.title.replace(PREFIX, "");
  const wanted = total ? `(${total}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
}
