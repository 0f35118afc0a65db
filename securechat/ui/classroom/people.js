// Some people to pick from: names with signs of presence.

import { isChanged, make } from "../dom.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".sc-members");
  list.onclick = ({ target }) => {
    const button = target.closest("button");
    if (button) setTriggerValue("pick", { person: button.dataset.person });
  };
  if (!isChanged(list, data.people)) return;
  list.replaceChildren(...data.people.map(({ id, name, here }) => make("li", {},
    make("button", { dataset: { person: id } },
      make("bdi", {}, name), " ", make("small", {}, here ? "● here" : "○ away")))));
}
