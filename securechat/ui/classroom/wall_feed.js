// The feed of one wall: a WebSocket that a ticket opens. A ticket is good for a short time, so that a new one
// may have to be asked for before the next try.

const PAUSES = [300, 1_000, 2_000, 4_000, 8_000, 15_000]; // milliseconds until the next try
const SILENCE = 25_000; // milliseconds; the server says something every 10 s
const FRESH = 90_000; // milliseconds for which a ticket is used: 30 s less than it is good for
const ENDED = 4004; // the code with which the server closes when the class has ended

class WallFeed {
  // onFrame: called with each frame; onChange: when it goes up or down; ask: when a new ticket is needed.
  constructor({ onFrame, onChange, ask }) {
    Object.assign(this, { onFrame, onChange, ask, live: false, failures: 0, id: "", ticket: "", ticketAt: 0 });
    this.onWake = () => { if (document.visibilityState === "visible" && !this.socket) this.connect(); };
    window.addEventListener("online", this.onWake);
    document.addEventListener("visibilitychange", this.onWake);
  }

  // Takes what a run of the page says: which class, and a new ticket.
  take({ id, page, ticket }) {
    if (ticket === this.ticket) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const base = location.pathname.replace(/\/*$/, "/");
    const home = page && base.endsWith(`/${page}/`) ? base.slice(0, -page.length - 1) : base;
    this.address = `${scheme}://${location.host}${home}api/classes/${encodeURIComponent(id)}/live`;
    const isNew = id !== this.id;
    Object.assign(this, { id, ticket, ticketAt: Date.now() });
    if (isNew) {
      this.over = false;
      this.failures = 0;
      this.drop();
    }
    if (isNew || this.waits) this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    if (this.socket || this.over) return;
    this.waits = Date.now() - this.ticketAt > FRESH;
    if (this.waits) {
      this.ask();
      this.tryLater();
      return;
    }
    const socket = new WebSocket(`${this.address}?ticket=${encodeURIComponent(this.ticket)}`);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onmessage = ({ data }) => {
      this.heardAt = Date.now();
      this.failures = 0;
      if (!this.live) {
        this.live = true;
        this.onChange();
      }
      const frame = JSON.parse(data);
      if (frame.type === "wall") this.onFrame(frame);
    };
    socket.onclose = ({ code }) => {
      this.over = code === ENDED;
      this.drop();
      if (!this.over) this.tryLater();
    };
  }

  // To be called now and then: a connection that says nothing is dead.
  check() {
    if (!this.socket || Date.now() - this.heardAt < SILENCE) return;
    this.drop();
    this.connect();
  }

  drop() {
    const { socket } = this;
    clearTimeout(this.retry);
    this.socket = null;
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    if (!this.live) return;
    this.live = false;
    this.onChange();
  }

  tryLater() {
    const pause = PAUSES[Math.min(this.failures++, PAUSES.length - 1)];
    this.retry = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
  }

  end() {
    this.over = true;
    this.drop();
    window.removeEventListener("online", this.onWake);
    document.removeEventListener("visibilitychange", this.onWake);
  }
}
