// Has the table look at the room every few seconds, but not while somebody does something. Where a look and a run of
// the page come together, Streamlit 1.67 loses what the page has drawn, or acts twice on one click.

const QUIET = 1_000; // milliseconds after a click or a key in which a run of the page may begin
const TOUCHES = ["pointerdown", "pointerup", "keydown", "keyup"];
const looks = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-look");
  if (!looks.has(root)) looks.set(root, start(root));
  const look = looks.get(root);
  look.interval = data.interval;
  look.ask = () => setTriggerValue("look", Date.now());
}

function start(root) {
  const look = { lookedAt: performance.now(), touchedAt: -Infinity };
  const onTouch = () => { look.touchedAt = performance.now(); };
  for (const touch of TOUCHES) window.addEventListener(touch, onTouch, { capture: true });
  const timer = setInterval(() => {
    if (!root.isConnected) {
      clearInterval(timer);
      for (const touch of TOUCHES) window.removeEventListener(touch, onTouch, { capture: true });
      return;
    }
    const now = performance.now();
    const due = now - look.lookedAt > look.interval && now - look.touchedAt > QUIET;
    if (!due || document.visibilityState !== "visible") return;
    look.lookedAt = now;
    look.ask();
  }, 250);
  return look;
}
