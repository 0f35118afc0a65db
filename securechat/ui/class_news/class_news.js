// Tells somebody who is on another page what happens in their class: what the server says of it, and how many
// messages are new. Listens to their rooms, so that the others see rightly that they are here.

import { countOf, newsText } from "../chat/counting.js";
import { leaving } from "../chat/leaving.js";
import { joinRoom, roomOf } from "../chat/room.js";
import { keepUp, takeRun } from "../chat/upkeep.js";
import { setLine } from "../dom.js";

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-news");
  const page = (root.page ??= start(root));
  const rooms = (page.rooms = data.rooms.map((there) => [there, roomOf(there)]));
  takeRun(page, { data, setStateValue, setTriggerValue }, rooms[0][1].feed);
  leaving.arrive();
  data.rooms.forEach(joinRoom);
  const [[, first], ...others] = rooms;
  first.show(root, () => draw(root, page), ...others.map(([, room]) => room));
}

function start(root) {
  const page = {};
  keepUp(root, page, {});
  return page;
}

function draw(root, page) {
  const { data, rooms } = page;
  const news = newsText(rooms.map(([there, room]) => [there.title, countOf(room, { ...data, last: there.last })]));
  setLine(root, [data.said, news].filter(Boolean).join(" "));
  // Somebody came or went. Asked once for each change.
  const { revision } = rooms[0][1];
  if (leaving.now || revision === undefined || revision === data.revision || revision === page.asked) return;
  page.asked = revision;
  page.ask();
}
