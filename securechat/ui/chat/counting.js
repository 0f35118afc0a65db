// What is new in rooms: messages of others after the last one that somebody looked at in this tab.

const SEEN = "securechat.seen";
const MOST_SEEN = 20; // rooms of which that is kept; the one that was looked at longest ago goes first
const seen = (globalThis.securechatSeen ??= loadSeen()); // the last id that was looked at, by room and epoch

const seenKey = ({ name, epoch }) => `${name} ${epoch}`;

function loadSeen() {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(SEEN) ?? "[]"));
  } catch {
    return new Map(); // a browser that stores nothing: it is known as long as the page is open
  }
}

// Notes that what is in a room, up to an id, has been looked at.
export function noteSeen(room, id = room.lastId) {
  const before = seen.get(seenKey(room)) ?? -1;
  if (!room.epoch || before >= id) return;
  seen.delete(seenKey(room));
  seen.set(seenKey(room), id);
  try {
    sessionStorage.setItem(SEEN, JSON.stringify([...seen].slice(-MOST_SEEN)));
  } catch { /* as above */ }
}

// last: the newest id when the page was first drawn. What was there before anybody looked here is not new.
export function countOf(room, { viewer, last }) {
  if (!room.epoch) return 0;
  if (!seen.has(seenKey(room))) noteSeen(room, last);
  return room.messages.filter(({ id, sender }) => id > seen.get(seenKey(room)) && sender !== viewer).length;
}

export const newsText = (counts) => counts.filter(([, count]) => count > 0)
  .map(([title, count]) => `${count} new in “${title}”`).join(", ");
