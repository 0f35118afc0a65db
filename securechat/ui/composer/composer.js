// Where a message is typed. A sent text leaves the box at once and is kept until the server has answered; each
// has a name of its own, under which it can be sent again without being stored twice. One is on its way at a
// time; what is not taken comes back into the box, before anything typed since.

const PATIENCE = 2_500; // milliseconds until a message without an answer is sent again
const TRIES = 3;
const SILENT = "Not sent: the server does not answer. Your text is kept; press Enter to try again.";
// Outlives the component: Streamlit may draw the page anew, and nothing half-written should go.
const drafts = (globalThis.securechatDrafts ??= new Map());

export default function ({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector(".sc-composer");
  const box = form.querySelector("textarea");
  if (!drafts.has(data.key)) drafts.set(data.key, { text: "", queue: [], failed: null });
  const draft = drafts.get(data.key);
  withRoom(data, (room) => { draft.room = room; });
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  };

  if (draft.form !== form) {
    draft.form = form;
    box.placeholder = data.placeholder;
    box.setAttribute("aria-label", data.placeholder);
    box.value = draft.text;
    fit();
  }
  box.oninput = () => { draft.text = box.value; fit(); };
  box.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    box.focus();
    if (!box.value) return;
    const again = draft.failed?.text === box.value ? draft.failed : null;
    draft.queue.push({ id: again?.id ?? newName(), text: box.value, tries: 0 });
    box.value = draft.text = "";
    draft.failed = null;
    if (draft.queue.length === 1) draft.post();
    fit();
  };

  draft.post = () => {
    const [message] = draft.queue;
    message.tries += 1;
    setTriggerValue("send", { id: message.id, text: message.text });
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => {
      if (message.tries < TRIES && !draft.room?.offline) draft.post();
      else draft.settle(message, SILENT);
    }, PATIENCE);
  };
  draft.settle = (message, refusal) => {
    clearTimeout(draft.timer);
    draft.queue.shift();
    if (refusal) {
      draft.failed = message;
      box.setRangeText(box.value ? `${message.text}\n` : message.text, 0, 0, "preserve");
      if (draft.text === "") box.setSelectionRange(box.value.length, box.value.length);
      draft.text = box.value;
      fit();
    }
    const note = form.querySelector(".sc-refusal");
    note.textContent = refusal;
    note.hidden = !refusal;
    if (draft.queue.length > 0) draft.post();
  };

  if (data.answer && data.answer.id === draft.queue[0]?.id) draft.settle(draft.queue[0], data.answer.refusal);
}

// Not crypto.randomUUID: that is missing where the page is served without HTTPS, as in most classrooms.
function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
