// What one sees of a room: the messages, the sentences over them, the sign of the connection, and the box to write in.

import { startComposer } from "./composer.js";
import { isChanged, make, setLine, setText } from "./dom.js";
import { Transcript } from "./transcript.js";

const SIGNS = {
  live: "● Live",
  offline: "○ No connection. It comes back; what you write is kept.",
  refused: "○ No connection yet. It is tried again. If this stays so, the server may have too many rooms or visitors: try later.",
};
const MOST_NOTICES = 3; // they take their height from the messages

// send: takes a text, and returns what is wrong with it. onInspect: called with a token. always: sentences that stay over
// the messages. more: what is seen otherwise.
// Returned is what room.js draws with, and `isTyped`.
export function roomView(find, { send, onInspect, always = [], ...more }) {
  const transcript = new Transcript(find, onInspect);
  return {
    giveBack: startComposer(find("#composer"), send),
    isTyped: () => find("#text").value.trim() !== "",
    line: (...all) => transcript.line(...all),
    message: (message) => transcript.message(message),
    pending: (messages) => transcript.pending(messages),
    arrival: (who) => transcript.arrival(who),
    note: (said) => setLine(find("#note"), said),
    sign(state) {
      find("#sign").dataset.state = state === "live" ? "live" : "offline";
      setText(find("#sign"), SIGNS[state]);
    },
    state(found) {
      const standing = [...always, ...found];
      const [notices, rest] = [find("#notices"), standing.length - MOST_NOTICES];
      const said = rest > 0 ? [...standing.slice(0, MOST_NOTICES), `And ${rest} more like these.`] : standing;
      if (isChanged(notices, said)) notices.replaceChildren(...said.map((notice) => make("li", {}, notice)));
    },
    closed() {}, // only a teacher closes a room
    lost() {}, // and takes somebody out of it
    room() {}, // or takes messages away
    ...more,
  };
}
