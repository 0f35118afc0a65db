// Whether somebody is on the way to another page. Whatever the old page asks of the server meanwhile would call it
// back, and Streamlit would show nothing at all. So nothing is asked until the other page is there, or is not coming.

const LEAVING = 5_000; // milliseconds
const EMPTY = 3_000; // milliseconds after which a page without a word is asked for again
export const leaving = (globalThis.securechatLeaving ??= watchForLeaving());

function watchForLeaving() {
  let path = plain(location);
  let until = 0;
  const leave = (to) => {
    if (to === path) return;
    path = to;
    until = performance.now() + LEAVING;
    for (const frame of document.querySelectorAll("iframe[title='streamlit_autorefresh.st_autorefresh']")) {
      if (!stopTimers(frame)) continue;
      setTimeout(() => { if (frame.isConnected) frame.contentWindow.location.reload(); }, LEAVING);
    }
    setTimeout(() => { if (path === to) askAgainIfEmpty(to); }, EMPTY);
  };
  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const here = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (link && here && !link.target && link.origin === location.origin) leave(plain(link));
  }, true);
  window.addEventListener("popstate", () => leave(plain(location)));
  return {
    get now() { return performance.now() < until; },
    arrive() { until = 0; }, // the address may follow a little later
  };
}

function plain({ pathname }) {
  return pathname.replace(/\/+$/, "");
}

function stopTimers({ contentWindow: inside }) {
  try {
    for (let last = inside.setInterval(() => {}, LEAVING); last > 0; last -= 1) inside.clearInterval(last);
    return true;
  } catch { // a host that keeps components apart
    return false;
  }
}

// A tick that was on its way already has called the old page back.
function askAgainIfEmpty(path) {
  if (document.querySelector("[data-testid='stMain']")?.innerText.trim() !== "") return;
  const link = [...document.links].find((each) => plain(each) === path && !each.hash);
  if (link) link.click();
  else location.assign(path || "/"); // on a phone the links may be folded away
}
