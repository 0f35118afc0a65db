// What two see while they seal their room: whom they wait for, the emoji to compare, and what went wrong.

import { isChanged, make, setLine } from "../dom.js";
import { emojiList } from "./about.js";
import { OTHER_EMOJI } from "./words.js";

const BETWEEN = "Somebody may be in between: they have a key with each of you, and read along. Nothing is sealed. Tell your teacher.";

const BACK = ["back", "Back to the class"];

// Of each stage: a title, sentences, and what is on the buttons. `emoji` stands where the emoji go.
const STAGES = {
  connecting: () => ["Connecting", "…"],
  waiting: ({ other, label }) => [`Waiting for ${other}`, `${other} has to press “${label}”, too. Then you both see seven emoji.`],
  agreeing: ({ other }) => [
    "Making the key",
    `Your phone and the phone of ${other} agree on a key. If this takes long, ${other} has closed the page and has to open it again.`,
  ],
  compare: ({ other, hasOther }) => [
    `Compare with ${other}`,
    `Look at each other’s phones, or read the words aloud. Are all seven the same, in the same order?`,
    "emoji",
    ["match", "They match"],
    ["differ", "They are different"],
    hasOther && `${other} says that they match. Look for yourself.`,
    "The same? Then only you two have the key, and the server cannot read what you write.",
    "Different? Then somebody sits between your phones and reads along.",
    "Do not compare by a chat: somebody in between could change what you write there.",
  ],
  matched: ({ other }) => [
    `Waiting for ${other}`,
    `You said that the emoji match. ${other} has to press “They match”, too.`,
    "emoji",
    ["differ", "No, they are different"],
  ],
  differs: ({ other, isMine }) => ["The emoji are different", `${isMine ? "You say" : `${other} says`} that they are different.`, BETWEEN, "Or one of you did not look well: then start again, and compare once more.", ["again", "Start again"]],
  broken: () => ["Something was changed on its way", "What came does not fit what came before.", BETWEEN, ["again", "Start again"]],
  endless: () => ["Something is wrong", "Sealing begins again and again. Nothing is sealed. Tell your teacher.", ["again", "Start again"]],
  ended: () => ["This room is not sealed", "The sealing was ended from outside. Your teacher can do that.", ["again", "Start again"]],
  refused: ({ refusal }) => ["Not now", refusal, "When it can be sealed, this page goes on by itself."],
  double: () => [
    "This room is open on another page",
    "You have opened it there, too, and a room has one key. So this page has stopped. You can close it.",
    ["here", "Go on here"],
    BACK,
  ],
  lost: () => ["You are not in this room any more", "Perhaps the class has ended, or your teacher has taken you out of this room.", BACK],
};
const TOLD_WHY = ["waiting", "agreeing", "compare"]; // the stages in which it helps to know why it is done again

export class Panel {
  // press: called with what was pressed.
  constructor(find, press) {
    this.fault = make("p", { className: "fault", role: "alert", hidden: true });
    this.content = make("div");
    this.content.setAttribute("aria-live", "polite");
    this.again = make("button", { hidden: true, onclick: () => press("again") }, "Start again");
    this.section = make("section", { id: "sealing" }, this.content, this.fault, this.again);
    this.section.setAttribute("aria-label", "Seal this room");
    Object.assign(this, { press, why: "", wasSealed: false, compared: 0 });
    find("main").append(this.section);
  }

  draw(shown) {
    setLine(this.fault, "");
    if (shown.stage === "compare") { // emoji stand where others stood, and nobody here has asked for that
      if (this.compared && this.compared !== shown.round) this.why = OTHER_EMOJI;
      this.compared = shown.round;
    }
    this.again.hidden = true;
    const label = this.wasSealed ? "Open the sealed room" : "Seal this room"; // as the class says: securechat/ui/sealing/words.py
    const [title, ...parts] = STAGES[shown.stage]({ ...shown, label });
    if (!isChanged(this.content, [title, parts, shown.emoji])) return;
    const why = TOLD_WHY.includes(shown.stage) && this.why && make("p", { className: "why" }, this.why);
    const buttons = parts.filter(Array.isArray).map(([what, label]) => make("button", { onclick: () => this.press(what) }, label));
    const row = make("div", { className: "choice" }, ...buttons);
    let isFirst = true;
    const drawn = parts.filter(Boolean).map((part) => {
      if (part === "emoji") return emojiList(shown.emoji);
      if (!Array.isArray(part)) return make("p", {}, part);
      const place = isFirst && row;
      isFirst = false;
      return place;
    });
    const heading = make("h2", { tabIndex: -1 }, title);
    const hadFocus = this.content.contains(document.activeElement); // what had it is gone
    this.content.replaceChildren(...[heading, why, ...drawn].filter(Boolean));
    if (hadFocus) heading.focus({ preventScroll: true });
    this.content.dataset.stage = shown.stage;
    if (document.body.matches(".has-past")) this.section.scrollIntoView(); // from below what was written before
  }

  // Says why the server has refused a step.
  refuse(reason) {
    setLine(this.fault, reason);
    this.again.hidden = !["waiting", "agreeing", "compare", "matched"].includes(this.content.dataset.stage); // others have one
  }
}
