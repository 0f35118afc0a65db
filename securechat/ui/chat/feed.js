// One WebSocket to the server, which is opened again whenever it breaks: with a ticket, where one is asked for.

const PAUSES = [250, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]; // milliseconds until the next try
const SILENCE = 25_000; // milliseconds; the server says something every 10 s
export const LOST = 4_003; // the code with which the server closes where somebody may not be there any more
export const ENDED = 4_004; // where what was shown has ended: the class
const WAKES = ["online", "pageshow", "visibilitychange"]; // the last one bubbles up from the document

export class Feed {
  // address: returns where to connect now; onFrame: called with what comes, but for tickets; onDown: with the code
  // when it breaks; onTicket: with a ticket that was renewed.
  constructor({ address, onFrame, onDown, onTicket = () => {} }) {
    const downSince = performance.now();
    Object.assign(this, { address, onFrame, onDown, onTicket, downSince, upSince: 0, live: false, over: false, failures: 0 });
    this.ticket = this.given = ""; // that which the server renews, and that which a run gave
    this.onWake = ({ persisted }) => {
      if (persisted) this.disconnect(); // kept by the browser for its Back button: the connection is not
      if (document.visibilityState === "visible") this.connect();
    };
    for (const event of WAKES) window.addEventListener(event, this.onWake);
  }

  // Takes the ticket that a run gives. Drawn again by the same run it is old: it has been renewed since.
  take(ticket) {
    if (ticket !== this.given) this.ticket = this.given = ticket;
  }

  connect() {
    if (this.socket || this.over) return;
    clearTimeout(this.retry);
    const socket = (this.socket = new WebSocket(this.address()));
    this.heardAt = performance.now();
    socket.onmessage = ({ data }) => {
      this.heardAt = performance.now();
      const frame = parsed(data);
      if (!frame) return this.disconnect(); // what an error would quote comes from a server that is none of ours
      if (frame.type === "ticket") this.onTicket((this.ticket = frame.ticket));
      else this.onFrame(frame);
    };
    socket.onclose = ({ code }) => this.disconnect(code);
  }

  // What the connection is for has come.
  rise() {
    this.failures = 0;
    if (!this.live) Object.assign(this, { live: true, upSince: performance.now() });
  }

  // Says whether the frame is on its way.
  send(frame) {
    if (!this.live || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  // Opens another connection at once.
  connectAgain() {
    this.drop();
    this.connect();
  }

  // Ends this connection, and opens another one in a while.
  disconnect(code) {
    if (!this.socket) return;
    this.drop();
    if (this.live) Object.assign(this, { live: false, downSince: performance.now() });
    const pause = PAUSES[Math.min(this.failures++, PAUSES.length - 1)];
    this.retry = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
    this.onDown(code);
  }

  drop() {
    const { socket } = this;
    this.socket = null;
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
  }

  // To be called now and then: a connection that says nothing is dead.
  check() {
    if (this.socket && performance.now() - this.heardAt > SILENCE) this.disconnect();
  }

  end() {
    this.over = true;
    this.disconnect();
    clearTimeout(this.retry);
    for (const event of WAKES) window.removeEventListener(event, this.onWake);
  }
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
