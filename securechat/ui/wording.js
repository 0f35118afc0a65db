// The noun that goes with a number, as in `wording.py`.
export const nounFor = (number, noun, plural = `${noun}s`) => (Number(number) === 1 ? noun : plural);
