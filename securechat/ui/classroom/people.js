// Some people to pick from: names with signs of presence.

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".sc-members");
  const shown = JSON.stringify(data.people);
  list.onclick = ({ target }) => {
    const button = target.closest("button");
    if (button) setTriggerValue("pick", { person: button.dataset.person });
  };
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren(...data.people.map(({ id, name, here }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.person = id;
    const who = document.createElement("bdi");
    who.textContent = name;
    const state = document.createElement("small");
    state.textContent = here ? "● here" : "○ away";
    button.append(who, " ", state);
    item.append(button);
    return item;
  }));
}
