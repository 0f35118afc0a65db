// Counts messages that nobody has looked at: those of the shown room while the page is hidden, those of others always.

import { countOf, newsText, noteSeen } from "./counting.js";
import { roomOf } from "./room.js";

const PREFIX = /^\(\d+\) /;
const counters = new WeakMap();

export function countUnread(badge, room, data) {
  const counter = counters.get(badge) ?? startCounting(badge);
  const others = data.others.map((there) => [there, roomOf(there)]);
  Object.assign(counter, { room, data, others });
  for (const [there, other] of others) {
    other.hear(there);
    other.feed.connect();
  }
  room.show(badge, () => drawCount(badge, counter), ...others.map(([, other]) => other));
}

function startCounting(badge) {
  const counter = {};
  // Streamlit sets the title anew with every run.
  const timer = setInterval(() => (badge.isConnected ? drawCount(badge, counter) : stop(timer)), 1_000);
  counters.set(badge, counter);
  return counter;
}

function stop(timer) {
  clearInterval(timer);
  document.title = document.title.replace(PREFIX, "");
}

function drawCount(badge, { room, data, others }) {
  const { viewer, last } = data;
  if (document.visibilityState === "visible") noteSeen(room);
  const counts = others.map(([there, other]) => [there.title, countOf(other, { viewer, last: there.last })]);
  const text = newsText(counts);
  if (badge.textContent !== text) badge.textContent = text;
  if (badge.hidden !== !text) badge.hidden = !text;
  const total = counts.reduce((sum, [, count]) => sum + count, countOf(room, { viewer, last }));
  const title = document.title.replace(PREFIX, "");
  const wanted = total ? `(${total}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
}
