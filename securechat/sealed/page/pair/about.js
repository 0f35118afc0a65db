// What stands beside the room of a pair: what can be done, and what sealing protects. And the emoji, which more than one
// place shows.

import { containedName } from "../contained.js";
import { isChanged, make } from "../dom.js";

const FILES = ["main.js", "sealing.js", "x25519.js", "agreement.js", "waiting_feed.js", "panel.js", "about.js", "dialogs.js", "changes.js", "words.js", "pair.css"];

// emoji: pairs of an emoji and its word.
export const emojiList = (emoji) => make("ol", { className: "emoji" }, ...emoji.map(([sign, word]) => {
  const drawn = make("span", { className: "sign" }, sign);
  drawn.setAttribute("aria-hidden", "true"); // the word says it
  return make("li", {}, drawn, make("span", {}, word));
}));

export function drawAbout(find, { way, back, press, showEmoji }) {
  const partner = () => make("span", { className: "partner" }, "your partner");
  const strong = (text) => make("strong", {}, text);
  find("#actions").replaceChildren(
    make("h2", {}, "This room"),
    make("p", { className: "people" }),
    make("div", { className: "buttons" },
      make("button", { onclick: showEmoji }, "Show the emoji"),
      make("button", { onclick: () => press("again") }, "Start again"),
      back));
  const details = find("aside details");
  const section = details.parentElement;
  section.replaceChildren(
    make("h2", {}, "What this protects"),
    make("p", {}, strong("Sealed means: "), "the key is in your browser and in that of ", partner(), ". This server never had it. It only passes tokens on (encrypted messages), and keeps them for the class. Your teacher cannot read them."),
    make("p", {}, strong("But only if the emoji were the same."), " Whoever sits in between has a key with each of you. Then the emoji differ, and nobody sees it who does not look."),
    make("p", {}, way),
    make("p", {}, strong("And this server sent you this page."), " A server that lies could send you a page that gives it your key."),
    make("p", {}, strong("What the server still sees:"), " who writes, when, and how long a message is (roughly). What you wrote before you sealed this room it could read."),
    make("p", {}, strong("The key is only on this page."), " Load the page anew, and it is gone: you two compare again, and cannot open what you wrote before."),
    details);
  find("#source").append(...FILES.map((name) => make("li", {}, make("a", { href: `sealed/pair/${name}` }, `pair/${name}`))));
}

// Who is here, says the server; me: the own id.
export function drawPeople({ people }, me) {
  const inside = people.filter((person) => person.in);
  const here = inside.filter(({ id, here: isHere }) => isHere || id === me);
  const away = inside.filter((person) => !here.includes(person));
  const names = here.map(({ id, name }) => (id === me ? `${name} (you)` : name));
  const said = containedName([`Here: ${names.join(", ")}.`, ...away.map(({ name }) => `${name} is not here now.`)].join(" "));
  for (const place of document.querySelectorAll(".people")) if (isChanged(place, said)) place.replaceChildren(said);
}
