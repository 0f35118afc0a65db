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

// tick: called now and then; check: then, too, where the page is seen, to set in `dueAt` when to ask for a run;
// end: called when the part has gone.
export function keepUp(root, page, { tick = () => {}, check = () => {}, end = () => {} }) {
  const timer = setInterval(() => {
    // Not by a returned clean-up: Streamlit calls that of an earlier call, too, when a later one overtakes it.
    if (!root.isConnected) {
      clearInterval(timer);
      end();
      return;
    }
    tick();
    comeBack(page);
    // Browsers hold back the timers of a hidden tab: what several parts of the page ask for would become one request,
    // of which Streamlit answers one part.
    if (document.visibilityState !== "visible") return;
    choosePolling(page, page.feed, page.data.polls, page.tell);
    check();
    const now = performance.now();
    if (page.dueAt === null || now < page.dueAt || now - page.askedAt < AGAIN) return;
    Object.assign(page, { askedAt: now, dueAt: null });
    page.ask();
  }, TICK);
}

// Where Streamlit's connection is back, that of the feed can be: no need to wait for its next try.
function comeBack(page) {
  const isCut = isStreamlitCut();
  if (page.wasCut && !isCut) page.feed.connect();
  page.wasCut = isCut;
}
