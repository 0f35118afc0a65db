// What one page does with its room: takes what each run says of it, draws how messages come, tells the server
// whether the feed is up, and asks for another run where the last one was not drawn here or the pulse stops.

const PATIENCE = 1_500; // milliseconds that a page may be behind: a run on its way takes less
const STATE = 200; // milliseconds until the page asks for a run when it is out of date
const CROWD = 10_000; // milliseconds between two runs for that alone
const SILENCE = 5_000; // milliseconds without a pulse, and three looks more, until the page asks
const SETTLED = 1_000; // milliseconds after which a change of the feed is told
const ANSWER = 3_000; // milliseconds until it is told again
const OFFLINE = 4_000; // milliseconds without feed and pulse
const WORDS = {
  live: ["● Live", "New messages appear at once."],
  polling: ["◐ Polling", "The live feed cannot be reached. New messages appear within a second or two."],
  offline: ["○ Offline", "The server does not answer. This page tries again by itself."],
};
const pages = new WeakMap();
const now = () => performance.now();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-sign");
  const page = pages.get(root) ?? start(root);
  page.room = globalThis.securechat.roomOf(data);
  page.drawn = data.drawn;
  page.epoch = data.epoch;
  page.ask = () => leaving.now || setTriggerValue("behind", Date.now());
  page.behindSince = null;
  Object.assign(page, { state: data.state, crowd: data.crowd, drawnAt: now() });
  if (data.people) page.room.meet(data.people);
  page.room.take(data);
  page.room.connect();
  page.room.show(root, () => draw(root, page));
}

function start(root) {
  leaving.arrive();
  const page = { pulseAt: now(), interval: 0, changedAt: now(), toldAt: -Infinity, behindSince: null };
  const onPulse = ({ detail }) => {
    for (const address of detail.rooms) { // with a new ticket, where one is needed
      const room = globalThis.securechat.roomOf(address);
      if (address.ticket && !room.socket) room.connect();
    }
    Object.assign(page, { pulseAt: now(), interval: detail.interval, told: detail.live, tell: detail.tell });
    if (detail.run === page.drawn) page.behindSince = null;
    else page.behindSince ??= now();
  };
  const onUnanswered = () => {
    page.room.disconnect(); // it may only seem to be live
    page.ask();
  };
  const timer = setInterval(() => {
    // Not by a returned clean-up: Streamlit calls that of an earlier call, too, when a later one overtakes it.
    if (!root.isConnected) {
      clearInterval(timer);
      window.removeEventListener("securechat:pulse", onPulse);
      window.removeEventListener("securechat:unanswered", onUnanswered);
      return;
    }
    draw(root, page);
    tellServer(page);
    if (document.visibilityState === "visible") askIfBehind(page);
  }, 500);
  window.addEventListener("securechat:pulse", onPulse);
  window.addEventListener("securechat:unanswered", onUnanswered);
  pages.set(root, page);
  return page;
}

function draw(root, page) {
  const { room } = page;
  if (page.live !== room.live) Object.assign(page, { live: room.live, changedAt: now() });
  const silent = now() - Math.max(room.downSince, page.pulseAt) > OFFLINE + (page.told ? 0 : 2 * page.interval);
  const state = room.live ? "live" : silent ? "offline" : "polling";
  room.offline = state === "offline";
  if (root.dataset.state === state) return;
  root.dataset.state = state;
  [root.textContent, root.title] = WORDS[state];
}

function tellServer(page) {
  const due = now() - page.changedAt > SETTLED && now() - page.toldAt > ANSWER;
  if (!page.tell || page.live === page.told || !due) return;
  page.toldAt = now();
  page.tell(page.live);
}

function askIfBehind(page) {
  // After a restart of the server the feed is back first: what stands here belongs to a session that is gone.
  if (page.room.epoch !== page.epoch) page.behindSince ??= now();
  // Somebody came or went, or something is allowed now that was not: the page is drawn from that.
  if (page.room.people && page.room.people.state !== page.state) page.behindSince ??= now() - PATIENCE + STATE;
  // Others came to the room of everyone: the list of people is old. A class that comes all at once can wait.
  if (page.room.people && page.room.people.crowd !== page.crowd && now() - page.drawnAt > CROWD) page.behindSince ??= 0;
  const behind = page.behindSince !== null && now() - page.behindSince > PATIENCE;
  if (!behind && now() - page.pulseAt < SILENCE + 3 * page.interval) return;
  page.pulseAt = now(); // ask again only after another while
  page.behindSince = null;
  page.ask();
}
