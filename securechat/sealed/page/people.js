// Who is here, as far as that can be known. People greet and say goodbye, but whoever closes the page says nothing. The
// server counts connections, and does not know whose they are.

export class People {
  // me: the own name.
  constructor(me) {
    Object.assign(this, { me, count: 0, heardOf: 0 }); // count: the connections, says the server; 0: not told yet
    this.visits = new Map(); // by visit, in the order in which they came: a name, and when it was heard of last
  }

  // Somebody has said something. isNews: whether they say it now, and not before one came oneself.
  heard({ by, name, left }, isNews) {
    const isDouble = name === this.me && !isNews; // a visit of one's own before this one
    if (!isDouble) this.heardOf += 1;
    if (left || isDouble) this.visits.delete(by);
    else this.visits.set(by, { name, last: this.heardOf });
  }

  // Names of others: of no more visits than there are connections beside the own one, the last ones that were heard of.
  get here() {
    const most = this.count ? this.count - 1 : this.visits.size;
    const latest = [...this.visits.values()].sort((one, other) => other.last - one.last).slice(0, most);
    return namesOf([...this.visits.values()].filter((visit) => latest.includes(visit)));
  }

  // Names of those who may have gone without a word.
  get before() {
    const here = this.here;
    return namesOf([...this.visits.values()]).filter((name) => !here.includes(name) && name !== this.me);
  }
}

const namesOf = (visits) => [...new Set(visits.map(({ name }) => name))];
