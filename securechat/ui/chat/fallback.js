// Where the feed cannot be reached: the page says so to the server, whose runs then bring the messages and whose timer
// looks for news; and what is sent is handed to Streamlit.

import { leaving } from "./leaving.js";

const PATIENCE_WITH_FEED = 3_000; // milliseconds that the feed may take to come up
const SETTLED = 1_000; // milliseconds after which a feed that is up is believed to stay
const ANSWER = 3_000; // milliseconds until the server is told again
const SILENT_RUNS = 4_000; // milliseconds without an answer, where the timer is no slower

// Tells the server that the page has to look for news by itself, or has not to any more.
// page: keeps when that was; polls: whether the server knows it; tell: tells it.
export function choosePolling(page, { live, downSince, upSince }, polls, tell) {
  const now = performance.now();
  const isDue = live ? now - upSince > SETTLED : now - downSince > PATIENCE_WITH_FEED;
  if (polls === !live) page.toldAt = page.askedSince = undefined;
  else if (isDue && !leaving.now && !(now - page.toldAt < ANSWER)) {
    page.toldAt = now;
    page.askedSince ??= now;
    tell(!live);
  }
}

// Says whether nothing comes this way either.
export function isUnanswered(page, polls, { heardAt, interval }) {
  const since = polls ? heardAt : page.askedSince;
  return performance.now() - since > Math.max(SILENT_RUNS, 3 * interval);
}

// Says whether the message is on its way to Streamlit. While somebody goes to another page it waits.
export function handOver({ id, text, to }, room, setTriggerValue) {
  if (!room.polls || leaving.now) return false;
  setTriggerValue("send", { id, text, to });
  return true;
}
