// What others do to the room of a pair while one is in it: the teacher clears it, somebody goes, or has another name.

import { isChanged, make, setText } from "../dom.js";
import { toHex } from "../room_name.js";
import { drawPeople } from "./about.js";

// What stands in the messages of somebody, made of the id that the server knows them by: so both can be compared.
export const byOf = (id) => toHex(new TextEncoder().encode(id)).slice(0, 16).padEnd(16, "0");

export class Changes {
  // find: finds an element of the page. view: what is seen of the room.
  constructor(find, view) {
    Object.assign(this, { find, view });
  }

  // What the teacher has cleared goes here, too. What only fell out, because others came, stays in sight.
  room({ first_id: firstId, dropped }) {
    const cleared = firstId - 1 - dropped;
    if (cleared > this.cleared && this.takeAway(firstId)) this.view.line("Your teacher has cleared this room.");
    this.cleared = cleared;
  }

  // Takes away the messages with an id below this one, and says whether there were any.
  takeAway(firstId) {
    const gone = [...this.find("#list").querySelectorAll(".message")].filter(({ dataset }) => Number(dataset.id) < firstId);
    for (const item of gone) item.remove();
    return gone.length > 0;
  }

  people(frame, me) {
    drawPeople(frame, me);
    const inside = frame.people.filter((person) => person.in);
    if (inside.length < this.inside && inside.length < 2) this.view.line("Nobody else is in this room any more. Go back to the class to find somebody.");
    this.inside = inside.length;
  }

  // names: of the other one, the newest first; they have this one now.
  rename(names, name) {
    if (names[0] === name) return;
    this.view.line(`${names[0]} is now called ${name}, says the server.`, true);
    names.unshift(name);
  }

  // Whose room it is.
  title(other) {
    document.title = `Sealed room with ${other}`;
    if (isChanged(this.find("h1"), other)) this.find("h1").replaceChildren(make("span", {}, "Room with "), other);
    for (const place of document.querySelectorAll(".partner")) setText(place, other);
  }
}
