// What a page does with its room beside showing it: it draws how messages come, and asks for a run where what stands on
// it is out of date.

import { setLine } from "../dom.js";
import { isUnanswered } from "./fallback.js";
import { leaving } from "./leaving.js";
import { roomOf } from "./room.js";
import { drawSign, isCutOff, newSign, OLD } from "./sign.js";
import { isDue, keepUp, takeRun } from "./upkeep.js";

const PATIENCE = 1_500; // milliseconds that a page may be behind: a run on its way takes less
const STALE = 200; // milliseconds until the page asks for a run when it is out of date
const CROWD = 10_000; // milliseconds between two runs for that alone

export function keepPage(line, room, data, streamlit) {
  const page = (line.page ??= start(line));
  takeRun(page, { ...streamlit, data }, room.feed);
  Object.assign(page, { room, drawnAt: performance.now() });
  room.polls = data.polls;
  room.show(line, () => {
    draw(line, page);
    page.look(); // somebody who is given a seat is waiting for it
  });
}

function start(line) {
  leaving.arrive();
  line.prepend(...newSign());
  const page = {};
  keepUp(line, page, { tick: () => draw(line, page), check: () => checkRoom(page) });
  return page;
}

function draw(line, page) {
  const { room, data } = page;
  const { live, downSince } = room.feed;
  room.offline = !live && (isCutOff(downSince) || isUnanswered(page, data.polls, room));
  const state = room.offline ? "offline" : room.isOld ? "old" : live ? "live" : "polling";
  drawSign(line.querySelector(".sc-sign"), state);
  setLine(line.nextElementSibling, state === "old" ? OLD : "");
}

function checkRoom(page) {
  const { room, data } = page;
  // After a restart of the server the feed is back first: what stands here belongs to a session that is gone.
  if (room.epoch && room.epoch !== data.epoch) isDue(page, PATIENCE);
  // Somebody came or went, or something is allowed now that was not: the page is drawn from that.
  if (room.revision !== undefined && room.revision !== data.revision) isDue(page, STALE);
  // The same in a room beside it: the page may say what somebody wants there.
  for (const there of data.others) {
    const { revision } = roomOf(there);
    if (there.people && revision !== undefined && revision !== there.people.revision) isDue(page, STALE);
  }
  if (room.feed.live && room.closed !== data.closed) isDue(page, STALE);
  if (data.polls && room.isBehind) isDue(page, PATIENCE);
  // Others came to the room of everyone: the list of people is old. A class that comes all at once can wait.
  if (room.people && room.people.crowd !== data.crowd && performance.now() - page.drawnAt > CROWD) isDue(page, 0);
}
