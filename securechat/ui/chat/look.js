// Hands what a look of the server found to the rooms that it is about.

import { roomOf } from "./room.js";

export default function ({ data }) {
  for (const there of data.rooms) {
    const room = roomOf(there);
    room.interval = data.interval;
    room.hear(there);
    if (there.ticket) room.feed.connect();
  }
}
