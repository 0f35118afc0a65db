// Asks for another run of the page when the last one was not drawn here, or the pulse stops.

const PATIENCE = 1_500; // milliseconds that a page may be behind: a run on its way takes less
const SILENCE = 5_000; // milliseconds without a pulse, and three looks more, until the page asks
const watches = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const watch = watches.get(parentElement) ?? start(parentElement);
  watch.drawn = data.drawn;
  watch.silence = SILENCE + 3 * data.interval;
  watch.ask = () => setTriggerValue("behind", Date.now());
  watch.behindSince = null;
}

function start(parentElement) {
  const watch = { pulseAt: performance.now(), behindSince: null };
  const onPulse = (event) => {
    watch.pulseAt = performance.now();
    if (event.detail === watch.drawn) watch.behindSince = null;
    else watch.behindSince ??= performance.now();
  };
  const timer = setInterval(() => {
    // Not by a returned clean-up: Streamlit calls that of an earlier call, too, when a later one overtakes it.
    if (!parentElement.isConnected) {
      clearInterval(timer);
      window.removeEventListener("securechat:pulse", onPulse);
      return;
    }
    if (document.visibilityState !== "visible") return;
    const now = performance.now();
    const behind = watch.behindSince !== null && now - watch.behindSince > PATIENCE;
    if (!behind && now - watch.pulseAt < watch.silence) return;
    watch.pulseAt = now; // ask again only after another while
    watch.behindSince = null;
    watch.ask();
  }, 500);
  window.addEventListener("securechat:pulse", onPulse);
  watches.set(parentElement, watch);
  return watch;
}
