// What the page of a pair says, in more than a word.

export const REFUSED = "○ No connection yet. It is tried again. If this stays so, go back to the class, and come from there again.";
export const GONE = "This room was sealed before. That key is gone: a page that is loaded anew starts without one. So you two compare again.";
export const OTHER_EMOJI = "It has begun again: these are other emoji.";
export const NOT_STORED = "This was not stored before the key changed. Send it again if you want to.";
export const START_AGAIN = "This was not made with your key. Start again, and compare the emoji.";

// Why a room that was sealed is so no more.
export function whyLeft({ stage, other, isMine }) {
  const reasons = {
    waiting: "You have begun again.",
    ended: "The sealing of this room was ended.",
    double: "This room was opened on another page.",
    refused: "This room is not sealed any more.",
    matched: "The server says that this room is not sealed any more.",
    differs: `${isMine ? "You say" : `${other} says`} that the emoji are different.`,
    broken: "Something was changed on its way, so this key is not used any more.",
    endless: "Sealing begins again and again.",
  };
  return reasons[stage] ?? `${other} has begun again. A page that is loaded anew has lost its key: compare the emoji once more.`;
}
