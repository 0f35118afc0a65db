// Where a message is typed. A sent text leaves the box at once and is kept until the server has answered. Each
// message has a name of its own, under which it can be sent again without being stored twice. One is on its way
// at a time. What is not taken comes back into the box, and all that waits behind it, before anything typed since.

const PATIENCE = 2_500; // milliseconds until a message without an answer is sent again
const TRIES = 3;
const SILENT = "Not sent: the server does not answer. Your text is kept; press Enter to try again.";
// Outlives the component: Streamlit may draw the page anew, and nothing half-written should go.
const drafts = (globalThis.securechatDrafts ??= new Map());

export default function ({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector(".sc-composer");
  const box = form.querySelector("textarea");
  const key = `${data.name} ${data.key}`;
  if (!drafts.has(key)) drafts.set(key, { text: "", note: "", queue: [], returned: [] });
  const draft = drafts.get(key);
  withRoom(data, (room) => { draft.room = room; });

  const write = (text) => { box.value = draft.text = text; };
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    const excess = Math.max(0, form.firstElementChild.offsetHeight - form.offsetHeight);
    if (excess === draft.excess) return; // everything in the pane would be styled anew
    draft.excess = excess;
    form.closest("[class*='st-key-pane_']")?.style.setProperty("--sc-composer-excess", `${excess}px`);
  };
  const say = (note) => {
    const element = form.querySelector(".sc-refusal");
    element.textContent = draft.note = note;
    element.hidden = !note;
    fit();
  };

  draft.post = () => {
    clearTimeout(draft.timer);
    if (leaving.now) { // it goes when somebody comes back, or stays
      draft.timer = setTimeout(() => draft.post(), 500);
      return;
    }
    const [message] = draft.queue;
    message.tries += 1;
    setTriggerValue("send", { id: message.id, text: message.text, to: message.to });
    draft.timer = setTimeout(() => {
      window.dispatchEvent(new Event("securechat:unanswered")); // the page may have lost its session
      if (message.tries < TRIES && !draft.room?.offline) draft.timer = setTimeout(() => draft.post(), 500);
      else draft.giveBack(SILENT);
    }, PATIENCE);
  };
  draft.giveBack = (reason) => {
    draft.returned = draft.queue;
    draft.queue = [];
    const text = joined(draft.returned);
    const typing = box.value !== "";
    box.setRangeText(typing ? `${text}\n` : text, 0, 0, "preserve");
    if (!typing) box.setSelectionRange(text.length, text.length);
    draft.text = box.value;
    say(reason);
  };
  draft.settle = (refusal) => {
    clearTimeout(draft.timer);
    if (refusal) {
      draft.queue[0].id = newName(); // it is not stored: what comes of the next try is another answer
      draft.giveBack(refusal);
      return;
    }
    draft.queue.shift();
    if (draft.returned.length === 0) say("");
    if (draft.queue.length > 0) draft.post();
  };
  // An answer that came too late: what was given back has been stored after all.
  draft.forgive = () => {
    const untouched = box.value === joined(draft.returned);
    draft.returned.shift();
    if (untouched) write(joined(draft.returned));
    if (!untouched || draft.returned.length === 0) say("");
    fit();
  };

  if (draft.form !== form) {
    draft.form = form;
    draft.excess = 0;
    write(draft.text);
    say(draft.note);
  }
  box.placeholder = data.placeholder;
  box.setAttribute("aria-label", data.placeholder);
  box.oninput = () => { draft.text = box.value; fit(); draft.room?.tellWriting(); };
  box.onkeydown = (event) => {
    // 229: Safari's Enter that ends a composition, as of Japanese.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    box.focus();
    if (!box.value) return;
    // Untouched, what was given back keeps its names: some of it may be stored already.
    const again = draft.returned.length > 0 && box.value === joined(draft.returned);
    const messages = again ? draft.returned : [{ id: newName(), text: box.value, to: data.to }];
    draft.queue.push(...messages.map(({ id, text, to }) => ({ id, text, to, tries: 0 })));
    draft.returned = [];
    write("");
    if (draft.queue.length === messages.length) draft.post();
    fit();
  };

  const { id, refusal } = data.answer ?? {};
  if (id && id === draft.queue[0]?.id) draft.settle(refusal);
  else if (id && id === draft.returned[0]?.id && !refusal) draft.forgive();
}

const joined = (messages) => messages.map(({ text }) => text).join("\n");

// Not crypto.randomUUID: that is missing where the page is served without HTTPS, as in most classrooms.
function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
