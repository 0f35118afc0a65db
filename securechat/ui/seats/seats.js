// Keeps the tokens of this browser's seats, each under the id of its class, and tells the page which there are. The
// browser's own storage is never sent with a request, and no other host's page can read it.

const STORE = "securechat.seats";
const MOST = 20; // seats that are kept; the oldest goes first
const HOUR = 3_600_000; // milliseconds

export default function ({ data, setStateValue }) {
  const { keep, told, wanted } = data;
  if (keep) save([...load().filter(([id]) => id !== keep.id), [keep.id, keep.token, keep.code, Date.now()]]);
  const seats = load();
  if (told || (!wanted && seats.length === 0)) return;
  // Of which classes they are, and how many hours ago: for who comes back to one that is gone.
  if (seats.length > 0) setStateValue("classes", seats.map(([id, , code, at]) => [id, code, (Date.now() - at) / HOUR]));
  setStateValue("seats", Object.fromEntries(seats));
}

function load() {
  try {
    const seats = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(seats) ? seats.filter((seat) => Array.isArray(seat) && seat.length === 4) : [];
  } catch {
    return []; // a browser that stores nothing: the seat lasts as long as the page
  }
}

function save(seats) {
  try {
    localStorage.setItem(STORE, JSON.stringify(seats.slice(-MOST)));
  } catch { /* as above */ }
}
