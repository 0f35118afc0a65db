// The way to the page `/sealed`. A host that knows only Streamlit's scripts answers that address, too: with the front
// page of the app. So this looks at what comes there, before it leads anybody to it.

import { homeOf } from "../chat/addresses.js";
import { setHidden, setLine } from "../dom.js";

const MARK = "<title>Sealed room"; // stands in securechat/sealed/page/sealed.html
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
    const isThere = await look(link.href);
    setHidden(link, !isThere);
    setLine(note, isThere ? "" : isThere === false ? MISSING : SILENT);
    if (isThere !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    if (!root.isConnected) return; // somebody has gone to another page
  }
}

// Says whether the page is there; undefined while nobody answers, or a proxy does for a server that is not up.
async function look(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", credentials: "same-origin" });
    return answer.status >= 500 ? undefined : answer.ok && (await answer.text()).includes(MARK);
  } catch {
    return undefined;
  }
}
