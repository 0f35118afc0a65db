// The way to the page `/sealed`, where this host serves it.

import { homeOf } from "../chat/addresses.js";
import { setHidden, setLine } from "../dom.js";
import { hasSealedPage } from "../sealing/host.js";

const AGAIN = 3_000; // milliseconds between two looks while the server does not answer

const MISSING =
  "This host serves only the Streamlit part of the app, so there are no sealed rooms at this address. Start the app on " +
  "a computer of your own, or write from terminal to terminal: python -m securechat talk";
const SILENT = "The server does not answer. This page looks again by itself.";

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".sc-door");
  const link = root.querySelector(".sc-door-link");
  link.href = `${homeOf(data.page)}sealed`;
  root.search ??= search(root, link);
}

async function search(root, link) {
  const note = root.querySelector(".sc-door-note");
  while (true) {
    const isThere = await hasSealedPage(link.href);
    setHidden(link, !isThere);
    setLine(note, isThere ? "" : isThere === false ? MISSING : SILENT);
    if (isThere !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    if (!root.isConnected) return; // somebody has gone to another page
  }
}
