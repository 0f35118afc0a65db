// Saves the key file of whoever sits at this browser. The file is made here, so no address of the server has it.

const KEPT = 10_000; // milliseconds until the browser has surely begun to save

export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  button.onclick = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([data.text], { type: "application/octet-stream" }));
    link.download = data.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
    setTriggerValue("saved", true); // the text leaves the page with the run that follows
  };
  // It takes the place of the button that was just pressed, and with that the focus.
  if (document.activeElement === document.body) button.focus();
}
