// Asks for a run of the whole page when what was drawn stays behind the pulse, or the pulse stops.

const PATIENCE = 1_500; // milliseconds that a page may be behind: a run on its way takes less
const SILENCE = 8_000; // milliseconds without a pulse, and ten looks more, until the page asks
const watches = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const watch = watches.get(parentElement) ?? start(parentElement);
  watch.drawn = data.drawn;
  watch.silence = SILENCE + 10 * data.interval;
  watch.ask = () => setTriggerValue("behind", Date.now());
  watch.behindSince = null;
  return () => watch.stop();
}

function start(parentElement) {
  const watch = { pulseAt: performance.now(), behindSince: null };
  const onPulse = (event) => {
    watch.pulseAt = performance.now();
    if (event.detail === watch.drawn) watch.behindSince = null;
    else watch.behindSince ??= performance.now();
  };
  const timer = setInterval(() => {
    if (document.visibilityState !== "visible") return;
    const now = performance.now();
    const behind = watch.behindSince !== null && now - watch.behindSince > PATIENCE;
    if (!behind && now - watch.pulseAt < watch.silence) return;
    watch.pulseAt = now; // ask again only after another while
    watch.behindSince = null;
    watch.ask();
  }, 500);
  watch.stop = () => {
    clearInterval(timer);
    window.removeEventListener("securechat:pulse", onPulse);
    watches.delete(parentElement);
  };
  window.addEventListener("securechat:pulse", onPulse);
  watches.set(parentElement, watch);
  return watch;
}
