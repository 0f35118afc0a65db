// Reads a chosen file in this browser and hands it over, a byte a character. Nothing is uploaded.

export default function ({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector(".sc-key-file");
  form.onsubmit = async (event) => {
    event.preventDefault();
    const [file] = form.querySelector("input").files;
    form.reset();
    setTriggerValue("file", await bytesOf(file, data.most));
  };
}

// One more than are allowed tells that there are too many. False where the file cannot be read (any more).
async function bytesOf(file, most) {
  try {
    const bytes = new Uint8Array(await file.slice(0, most + 1).arrayBuffer());
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  } catch {
    return false;
  }
}
