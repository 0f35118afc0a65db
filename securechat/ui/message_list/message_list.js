// The messages of a room to choose from, newest first. An arrow key moves the choice, as in any such list.

import { clockTime } from "../clock.js";
import { roomOf } from "../chat/room.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-choices");
  root.querySelector("legend").textContent = data.label;
  root.onchange = (event) => setTriggerValue("pick", Number(event.target.value));
  const room = roomOf(data);
  room.show(root, () => draw(root, room, data, setTriggerValue));
}

function draw(root, room, data, setTriggerValue) {
  if (!room.epoch) return;
  const list = root.querySelector("div");
  for (const item of [...list.children]) {
    if (item.dataset.epoch !== room.epoch || Number(item.dataset.id) < room.firstId) item.remove();
  }
  const newest = Number(list.firstElementChild?.dataset.id ?? 0);
  for (const message of room.messages.slice(Math.max(0, newest + 1 - room.firstId))) {
    list.prepend(choice(message, room, data));
  }
  // Only once for each answer of the server: a choice that is on its way to it stays.
  if (root.answer !== data) {
    const chosen = list.querySelector(`input[value="${data.chosen ?? "none"}"]`);
    if (chosen) chosen.checked = true;
    else for (const input of list.querySelectorAll("input:checked")) input.checked = false;
    if (chosen || data.chosen === null) root.answer = data;
  }

  root.hidden = room.messages.length === 0;
  // What is shown went away, or there is something to show at last: the page has to say so.
  const gone = data.chosen !== null && data.chosen < room.firstId;
  const came = data.waiting && room.messages.length > 0;
  if ((gone || came) && root.dataset.asked !== `${data.chosen}`) {
    root.dataset.asked = `${data.chosen}`;
    setTriggerValue("stale", true);
  } else if (!gone && !came) delete root.dataset.asked;
}

function textOf(...parts) {
  const text = document.createElement("span");
  text.append(...parts);
  return text;
}

function choice(message, room, data) {
  const label = document.createElement("label");
  label.dataset.id = message.id;
  label.dataset.epoch = room.epoch;
  const input = document.createElement("input");
  input.type = "radio";
  input.name = "sc-message";
  input.value = message.id;
  const name = document.createElement("bdi"); // digits beside a Hebrew name would change places
  name.textContent = room.nameOf(message.sender, data.names);
  label.append(input, textOf(`${message.id} · `, name, ` · ${clockTime(message.sent_at)}`));
  return label;
}
