// What this browser knows of a room: one object, shared by everything on the page that shows it. Messages
// come with the page's runs and by the live feed, in whichever order; both say the same.

const PAUSES = [250, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]; // milliseconds until the next try
const SILENCE_OF_FEED = 25_000; // milliseconds; the server says something every 10 s
const LOST = 4_003; // the code with which the server closes where somebody has no seat any more
const WRITING = 2_000; // milliseconds between two signs that somebody writes
const UNSEEN = 10_000; // milliseconds for which a room that nothing shows stays connected
const rooms = new Map();
const shown = new WeakMap(); // which rooms something on the page shows now

// name: the room's; page: the path of the page within the app, empty for the front page; ticket: what the feed asks
// for in a room of a class; reads: whether messages come with their texts, which are kept apart from those without.
function roomOf({ name, page, ticket, reads }) {
  const key = reads ? `${name} read` : name;
  if (!rooms.has(key)) {
    const base = location.pathname.replace(/\/*$/, "/");
    const above = page && base.endsWith(`/${page}/`) ? base.slice(0, -page.length - 1) : base;
    rooms.set(key, new Room(name, above, reads, () => rooms.delete(key)));
  }
  const room = rooms.get(key);
  room.ticket = ticket ?? "";
  return room;
}

class Room {
  constructor(name, home, reads, forget) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.name = name;
    this.home = home; // the path of the front page
    this.reads = reads;
    this.forget = forget;
    this.people = null; // who is here, in a room of a class: the feed's last word
    this.address = `${scheme}://${location.host}${home}api/rooms/${encodeURIComponent(name)}/live`;
    this.messages = []; // in the order of their ids, without gaps
    this.epoch = "";
    this.past = new Set(); // epochs that are over
    this.firstId = 1;
    this.dropped = 0;
    this.cleared = false;
    this.rewritten = 0; // how often messages got other tokens
    this.lost = false; // whether messages shown here went away with an earlier epoch
    this.live = false;
    this.downSince = performance.now();
    this.failures = 0;
    this.views = new Map();
    this.seenAt = performance.now();
    this.timer = setInterval(() => this.check(), 1_000);
    this.onWake = () => { if (document.visibilityState === "visible" && !this.socket) this.connect(); };
    window.addEventListener("online", this.onWake);
    document.addEventListener("visibilitychange", this.onWake);
  }

  // What people call a sender; data: what the page's run knew.
  nameOf(sender, data) {
    return this.people?.people.find(({ id }) => id === sender)?.name ?? data.names[sender] ?? "Somebody removed";
  }

  get lastId() {
    return this.firstId + this.messages.length - 1;
  }

  // Has `draw` called now and with every change of this room, or of others that `root` shows beside it, as long as
  // it is on the page. Rooms that it showed before do not draw it any more; what came with texts goes at once.
  show(root, draw, ...others) {
    const all = [this, ...others];
    for (const room of shown.get(root) ?? []) {
      if (all.includes(room)) continue;
      room.views.delete(root);
      if (room.reads && room.views.size === 0) room.end();
    }
    shown.set(root, all);
    for (const room of all) {
      room.views.set(root, draw);
      room.seenAt = performance.now();
    }
    draw();
  }

  changed() {
    for (const [root, draw] of this.views) {
      if (root.isConnected) draw();
      else this.views.delete(root);
    }
  }

  // Takes what a run of the page or the feed says of the room. areAll: whether these are all of its messages.
  take({ epoch, first_id, dropped, cleared, rewritten, messages, areAll = messages[0]?.id === first_id }) {
    if (this.past.has(epoch)) return; // overtaken by a restart of the server
    if (epoch !== this.epoch) {
      if (this.epoch) this.past.add(this.epoch);
      this.lost ||= this.messages.length > 0;
      Object.assign(this, { epoch, messages: [], firstId: 1, dropped: 0, cleared: false, rewritten: 0 });
    } else if (cleared && !this.cleared) this.lost = false; // what is said of that belongs to what was cleared
    const isOlder = rewritten < this.rewritten;
    if (areAll) this.rewritten = Math.max(rewritten, this.rewritten);
    if (messages.length === 1 && messages[0].id === this.lastId + 1 && first_id === this.firstId) {
      this.messages.push(messages[0]); // as nearly always: one more
      this.changed();
      return;
    }
    const inOrder = isOlder ? [...messages, ...this.messages] : [...this.messages, ...messages];
    const known = new Map(inOrder.map((message) => [message.id, message]));
    if (first_id >= this.firstId) Object.assign(this, { firstId: first_id, dropped, cleared });
    let next = this.firstId;
    this.messages = [];
    while (known.has(next)) this.messages.push(known.get(next++));
    this.changed();
  }

  connect() {
    if (this.socket) return;
    clearTimeout(this.retry);
    const after = this.isStale ? 0 : this.lastId;
    const ticket = this.ticket ? `&ticket=${encodeURIComponent(this.ticket)}` : "";
    const socket = (this.socket = new WebSocket(`${this.address}?after=${after}&epoch=${this.epoch}${ticket}`));
    let first = [];
    this.heardAt = performance.now();
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      this.heardAt = performance.now();
      if (frame.type === "message" && first) first.push(frame);
      else if (frame.type === "message" && frame.id > this.lastId + 1) this.disconnect(); // fetch what is missing
      else if (frame.type === "message" && frame.id > this.lastId) this.take({ ...this.state(), messages: [frame] });
      else if (frame.type === "room") {
        const messages = first ?? [];
        const areAll = first !== null && (after === 0 || first[0]?.id === frame.first_id);
        first = null;
        this.failures = 0;
        this.live = true;
        this.take({ ...frame, messages, areAll });
        this.isStale = frame.epoch === this.epoch && frame.rewritten > this.rewritten;
        if (this.isStale) this.readAgain();
      } else if (frame.type === "people") this.meet(frame);
    };
    socket.onclose = ({ code }) => {
      if (code === LOST && this.people) this.people = { ...this.people, state: "lost" }; // the page has to say why
      this.disconnect();
    };
  }

  // Takes what a run of the page or the feed says of the people.
  meet(people) {
    this.people = people;
    this.changed();
  }

  // Tells the others that somebody writes here, now and then.
  tellWriting() {
    const now = performance.now();
    if (!this.ticket || !this.live || now - (this.toldWritingAt ?? -Infinity) < WRITING) return;
    this.toldWritingAt = now;
    this.socket.send('{"type":"writing"}');
  }

  state() {
    const { epoch, firstId, dropped, cleared, rewritten } = this;
    return { epoch, first_id: firstId, dropped, cleared, rewritten };
  }

  // Fetches everything anew, at once: messages that are here have other tokens by now.
  readAgain() {
    const { socket } = this;
    this.socket = socket.onclose = socket.onmessage = null;
    socket.close();
    this.connect();
  }

  disconnect() {
    const socket = this.socket;
    if (!socket) return;
    this.socket = null;
    socket.onclose = socket.onmessage = null;
    socket.close();
    if (this.live) this.downSince = performance.now();
    this.live = false;
    const pause = PAUSES[Math.min(this.failures++, PAUSES.length - 1)];
    this.retry = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
    this.changed();
  }

  check() {
    const now = performance.now();
    if ([...this.views.keys()].some((root) => root.isConnected)) this.seenAt = now;
    if (this.socket && now - this.heardAt > SILENCE_OF_FEED) this.disconnect();
    if (now - this.seenAt > UNSEEN) this.end();
  }

  end() {
    this.forget();
    this.disconnect();
    clearTimeout(this.retry);
    clearInterval(this.timer);
    window.removeEventListener("online", this.onWake);
    document.removeEventListener("visibilitychange", this.onWake);
  }
}

// One copy of this serves the whole page, however often Streamlit loads it.
if (!globalThis.securechat) {
  globalThis.securechat = { roomOf };
  window.dispatchEvent(new Event("securechat:rooms"));
}

