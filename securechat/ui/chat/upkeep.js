// What a part of the page that listens to a feed does by itself, as long as it is there: it tells the server where that
// has to look for news, and asks for a run where what stands on the page is out of date.

import { choosePolling } from "./fallback.js";
import { leaving } from "./leaving.js";
import { isStreamlitCut } from "./sign.js";

const TICK = 500; // milliseconds
const AGAIN = 3_000; // milliseconds until a run is asked for again

// Takes what a run says, and what Streamlit gives with it. page: keeps what is known of the part.
export function takeRun(page, { data, setStateValue, setTriggerValue }, feed) {
  Object.assign(page, { data, feed, dueAt: null });
  page.ask = () => leaving.now || setTriggerValue("behind", Date.now());
  page.tell = (polls) => setStateValue("polls", polls);
}

// Notes that a run is due in so many milliseconds; one that is due already stays as it is.
export function isDue(page, milliseconds) {
  if (page.dueAt !== null) return;
  page.dueAt = performance.now() + milliseconds;
  setTimeout(page.look, milliseconds + 1); // a timer may come a little early
}

// tick: called now and then; check: then, too, and with `page.look` when there is news, where the page is seen, to say
// by `isDue` when to ask for a run; end: called when the part has gone.
export function keepUp(root, page, { tick = () => {}, check = () => {}, end = () => {} }) {
  page.look = () => {
    // Browsers hold back the timers of a hidden tab: what several parts of the page ask for would become one request,
    // of which Streamlit answers one part.
    if (!root.isConnected || document.visibilityState !== "visible") return;
    check();
    const now = performance.now();
    if (page.dueAt === null || now < page.dueAt || now - page.askedAt < AGAIN) return;
    Object.assign(page, { askedAt: now, dueAt: null });
    page.ask();
  };
  const timer = setInterval(() => {
    // Not by a returned clean-up: Streamlit calls that of an earlier call, too, when a later one overtakes it.
    if (!root.isConnected) {
      clearInterval(timer);
      end();
      return;
    }
    tick();
    comeBack(page);
    if (document.visibilityState === "visible") choosePolling(page, page.feed, page.data.polls, page.tell);
    page.look();
  }, TICK);
}

// Where Streamlit's connection is back, that of the feed can be: no need to wait for its next try.
function comeBack(page) {
  const isCut = isStreamlitCut();
  if (page.wasCut && !isCut) page.feed.connect();
  page.wasCut = isCut;
}
