// A name for somebody who should not use their own: an adjective and an animal, of those in securechat/classroom/aliases.py.

const ADJECTIVES = "Brave Bright Calm Clever Curious Daring Eager Fair Gentle Happy Honest Jolly Keen Kind Lively Lucky Merry Mighty Nimble Noble Patient Playful Polite Proud Quick Quiet Sharp Silver Steady Sunny".split(" ");
const ANIMALS = "Badger Bear Beaver Bison Crane Dolphin Eagle Falcon Finch Fox Gecko Giraffe Hedgehog Heron Jaguar Koala Lemur Llama Lynx Moose Newt Otter Owl Panda Penguin Puffin Raven Robin Seal Tiger Turtle Wolf".split(" ");

export const friendlyName = () => [ADJECTIVES, ANIMALS].map(oneOf).join(" ");

const oneOf = (words) => words[crypto.getRandomValues(new Uint32Array(1))[0] % words.length];
