// The connection of the page while there is no key yet; with one, room.js has its own. And what a reload needs: which room
// it is, and the newest ticket for it.

import { Feed, LOST } from "../feed.js";
import { addressOf } from "../room.js";

const KEPT = "securechat pair"; // in this tab's memory
const NO_MESSAGES = 10 ** 14; // an id that none has: before the room is sealed, there is nothing to be opened here
const CHECKED = 1_000; // milliseconds between two looks whether the connection is dead

// given: the part of the address behind #, or nothing. Returns { room, ticket }; nothing where there is neither.
export function roomAndTicket(given) {
  if (!given) return JSON.parse(sessionStorage.getItem(KEPT));
  const said = new URLSearchParams(given.slice(1));
  keep(said.get("pair"), said.get("ticket") ?? "");
  return roomAndTicket("");
}

export const keep = (room, ticket) => sessionStorage.setItem(KEPT, JSON.stringify({ room, ticket }));
export const forget = () => sessionStorage.removeItem(KEPT);

// onDown: called when it breaks; onLost: when nobody may be there any more.
export function openFeed({ room, ticket, onFrame, onTicket, onDown, onLost }) {
  const feed = new Feed({
    address: () => addressOf(room, { after: NO_MESSAGES, ticket: feed.ticket }),
    onFrame,
    onTicket,
    onDown: (code) => (code === LOST ? onLost() : onDown()),
  });
  feed.take(ticket);
  feed.connect();
  const timer = setInterval(() => feed.check(), CHECKED);
  const close = () => {
    clearInterval(timer);
    feed.onDown = () => {};
    feed.end();
  };
  return Object.assign(feed, { close });
}
