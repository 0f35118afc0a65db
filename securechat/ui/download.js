// Saves a text as a file of whoever sits at this browser. The file is made here, so no address of the server has
// it. With an order, the text is asked for, and saved when it comes; without, it is there already.

const KEPT = 10_000; // milliseconds until the browser has surely begun to save
const done = new Set(); // orders that were saved, by key and name

export default function ({ data, key, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const label = data.label ?? `Save ${data.name}`;
  if (button.textContent !== label) button.textContent = label;
  const isAsked = data.order !== undefined;
  button.classList.toggle("sc-save-plain", isAsked);
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([data.text], { type: "application/octet-stream" }));
    link.download = data.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
    setTriggerValue("saved", true); // the text leaves the page with the run that follows
  };
  button.onclick = isAsked ? () => setTriggerValue("asked", true) : save;
  const order = `${key} ${data.order}`;
  if (isAsked && data.text !== null && !done.has(order)) {
    done.add(order);
    save();
  }
  // It takes the place of the button that was just pressed, and with that the focus.
  if (!isAsked && document.activeElement === document.body) button.focus();
}
