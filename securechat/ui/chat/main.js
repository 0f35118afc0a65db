// The chat: one component, and in it what a page wants of it. It speaks to the feed; Streamlit draws what stands around.

import { startComposer } from "./composer.js";
import { keepPage } from "./page.js";
import { showPresence } from "./presence.js";
import { joinRoom } from "./room.js";
import { showTranscript } from "./transcript.js";
import { countUnread } from "./unread.js";

const PARTS = [
  ["page", ".sc-line", keepPage],
  ["presence", ".sc-presence", showPresence],
  ["unread", ".sc-unread-badge", countUnread],
  ["transcript", ".sc-transcript", showTranscript],
  ["composer", ".sc-composer", startComposer],
];

// data: the room, as far as the run tells of it, and for each part what it needs, or null.
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-chat");
  const room = joinRoom(data.room);
  const page = { setStateValue, setTriggerValue };
  const others = data.unread?.others ?? [];
  const parts = { ...data, page: data.page && { ...data.page, others } };
  for (const [name, selector, start] of PARTS) {
    if (parts[name]) start(root.querySelector(selector), room, parts[name], page);
  }
}
