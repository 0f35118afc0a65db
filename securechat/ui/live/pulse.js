// Tells the page, with every look of the server, what the server knows: the last run, and whether the feed is up.

export default function ({ data, setStateValue }) {
  const detail = { ...data, tell: (live) => leaving.now || setStateValue("live", live) };
  window.dispatchEvent(new CustomEvent("securechat:pulse", { detail }));
}
