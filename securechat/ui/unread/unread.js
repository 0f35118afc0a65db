// Counts messages that nobody has looked at: those of the shown room while the page is hidden, those of others always.

const PREFIX = /^\(\d+\) /;
const seen = (globalThis.securechatSeen ??= new Map()); // the last id that was looked at, by room and epoch
const pages = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".sc-unread-badge");
  const page = pages.get(root) ?? start(root);
  page.data = data;
  withRoom(data.shown, (room) => {
    page.shown = room;
    page.others = data.others.map((there) => [there.title, globalThis.securechat.roomOf(there)]);
    const others = page.others.map(([, other]) => other);
    page.others.forEach(([, other], index) => {
      other.take(data.others[index]);
      other.connect();
    });
    room.show(root, () => draw(root, page), ...others);
  });
}

function start(root) {
  const page = {};
  // Streamlit sets the title anew with every run.
  const timer = setInterval(() => (root.isConnected ? draw(root, page) : stop(timer)), 1_000);
  pages.set(root, page);
  return page;
}

function stop(timer) {
  clearInterval(timer);
  document.title = document.title.replace(PREFIX, "");
}

function draw(root, page) {
  if (!page.shown) return;
  if (document.visibilityState === "visible") look(page.shown);
  const counts = page.others.map(([title, room]) => [title, countOf(room, page.data.viewer)]);
  const news = counts.filter(([, count]) => count > 0);
  const text = news.map(([title, count]) => `${count} new in “${title}”`).join(", ");
  if (root.textContent !== text) root.textContent = text;
  root.hidden = !text;
  const total = counts.reduce((sum, [, count]) => sum + count, countOf(page.shown, page.data.viewer));
  const title = document.title.replace(PREFIX, "");
  const wanted = total ? `(${total}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
}

const keyOf = (room) => `${room.name} ${room.epoch}`;
const look = (room) => { if (room.epoch) seen.set(keyOf(room), room.lastId); };

function countOf(room, viewer) {
  if (!room.epoch) return 0;
  if (!seen.has(keyOf(room))) look(room);
  return room.messages.filter(({ id, sender }) => id > seen.get(keyOf(room)) && sender !== viewer).length;
}
