// Two buttons: to the message before the one that is shown, and to the one after it.

import { roomOf } from "../chat/room.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sc-neighbours");
  const [older, newer] = root.querySelectorAll("button");
  older.onclick = () => setTriggerValue("pick", data.chosen - 1);
  newer.onclick = () => setTriggerValue("pick", data.chosen + 1);
  const room = roomOf(data);
  room.show(root, () => {
    older.disabled = !(data.chosen > room.firstId);
    newer.disabled = !(data.chosen < room.lastId);
  });
}
