// Who is here and who is writing: one line, which screen readers read when it changes.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".sc-presence");
  withRoom(data, (room) => room.show(root, () => draw(root, room, data)));
}

function draw(root, room, data) {
  const people = room.people?.people.filter(({ id }) => id !== data.viewer) ?? [];
  const lines = data.everyone ? counted(people) : people.map(described);
  const key = JSON.stringify(lines);
  if (root.dataset.shown === key) return;
  root.dataset.shown = key;
  root.replaceChildren(...lines.map(([sign, text, here]) => {
    const span = document.createElement("span");
    span.className = here ? "sc-here" : "";
    span.textContent = `${sign} ${text}`;
    return span;
  }));
}

function described({ name, here, writing, in: isIn }) {
  if (!isIn) return ["○", `${name} is not in this room any more`, false];
  if (writing) return ["●", `${name} is writing …`, true];
  return here ? ["●", `${name} is here`, true] : ["○", `${name} is away`, false];
}

function counted(people) {
  const count = people.filter(({ here, in: isIn }) => here && isIn).length;
  if (count === 0) return [["○", "Nobody else is here yet", false]];
  return [["●", count === 1 ? "1 other is here" : `${count} others are here`, true]];
}
