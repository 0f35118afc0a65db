// The messages of a room to choose from, newest first. An arrow key moves the choice, as in any such list.

import { clockTime } from "../clock.js";
import { roomOf } from "../chat/room.js";
import { make, setHidden } from "../dom.js";

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

  setHidden(root, room.messages.length === 0);
  // What is shown went away, or there is something to show at last: the page has to say so.
  const gone = data.chosen !== null && data.chosen < room.firstId;
  const came = data.waiting && room.messages.length > 0;
  if ((gone || came) && root.dataset.asked !== `${data.chosen}`) {
    root.dataset.asked = `${data.chosen}`;
    setTriggerValue("stale", true);
  } else if (!gone && !came) delete root.dataset.asked;
}

function choice({ id, sender, sent_at }, room, data) {
  const name = make("bdi", {}, room.nameOf(sender, data.names)); // digits beside a Hebrew name would change places
  return make("label", { dataset: { id, epoch: room.epoch } },
    make("input", { type: "radio", name: "sc-message", value: id }),
    make("span", {}, `${id} · `, name, ` · ${clockTime(sent_at)}`));
}
