// Who is here, who is writing, and who made a new key: screen readers read it when it changes.

import { isChanged, make, setHidden } from "../dom.js";
import { nounFor } from "../wording.js";

export function showPresence(root, room, data) {
  setHidden(root, false);
  room.show(root, () => drawPeople(root, room, data));
}

function drawPeople(root, room, data) {
  const people = room.people?.people.filter(({ id }) => id !== data.viewer) ?? [];
  const lines = data.everyone ? counted(people) : [...people.map(described), ...keyLine(room, data)];
  if (!isChanged(root, lines)) return;
  root.replaceChildren(...lines.map(([sign, text, here]) =>
    make("span", { className: here ? "sc-here" : "" }, `${sign} ${text}`)));
}

function described({ name, here, writing, in: isIn }) {
  if (!isIn) return ["○", `${name} is not in this room any more`, false];
  if (writing) return ["●", `${name} is writing …`, true];
  return here ? ["●", `${name} is here`, true] : ["○", `${name} is away`, false];
}

// Said as long as nobody makes another one: also who comes back later finds it.
function keyLine({ people }, { viewer }) {
  const { number, by } = people?.key ?? { number: 1 };
  if (number === 1) return [];
  const name = people.people.find(({ id }) => id === by)?.name ?? "Somebody";
  return [["◆", `${by === viewer ? "You" : name} made key ${number} of this room. New messages use it.`, false]];
}

function counted(people) {
  const count = people.filter(({ here, in: isIn }) => here && isIn).length;
  if (count === 0) return [["○", "Nobody else is here yet", false]];
  return [["●", `${count} ${nounFor(count, "other is", "others are")} here`, true]];
}
