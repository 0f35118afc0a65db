// Runs inside a page: notes when Enter is pressed, and when a token that was not there before is on the
// screen. start: what a token begins with. Times are milliseconds since 1970 by the browser's monotonic clock.

([selector, start]) => {
  const now = () => performance.timeOrigin + performance.now();
  const presses = [];
  const shown = [];
  const seen = new Set();
  const trees = [document, ...[...document.querySelectorAll("*")].flatMap((element) => element.shadowRoot ?? [])];

  const freshTokens = () => {
    const items = trees.flatMap((tree) => [...tree.querySelectorAll(selector)]);
    const fresh = [];
    for (let index = items.length - 1; index >= 0; index -= 1) {
      const text = items[index].textContent.trim();
      if (seen.has(text)) break; // everything above was there before
      if (!text.startsWith(start)) continue; // not drawn to its end yet
      seen.add(text);
      fresh.push(text);
    }
    return fresh;
  };

  // The frame that follows a change shows it; the first task after that frame runs when it was drawn.
  const afterFrame = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(now());
    channel.port2.postMessage(null);
  });

  freshTokens();
  const observer = new MutationObserver(() => {
    const fresh = freshTokens();
    if (fresh.length > 0) afterFrame((at) => shown.push(...fresh.map((token) => [token, at])));
  });
  for (const tree of trees) observer.observe(tree, { childList: true, subtree: true, characterData: true });
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") presses.push(now());
  }, { capture: true });

  window.benchStopwatch = { presses, shown, skew: () => {
    let most = -Infinity; // Date.now() is cut to whole milliseconds, so the largest difference is the true one
    for (const end = performance.now() + 20; performance.now() < end;) most = Math.max(most, Date.now() - now());
    return most;
  } };
}
