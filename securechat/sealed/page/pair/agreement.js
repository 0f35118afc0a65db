// What two browsers make of their key pairs: a promise, a key, and seven emoji to compare, byte for byte as in
// securechat/crypto/exchange.py and securechat/crypto/sas.py.

import { hkdfSha256, joinBytes, sha256 } from "../sha256.js";

const encode = (text) => new TextEncoder().encode(text);
const COMMITMENT_CONTEXT = encode("SecureChat commitment\n");
const KEY_CONTEXT = encode("SecureChat key exchange\n");
const SAS_CONTEXT = encode("SecureChat short authentication string\n");

// The order of these is for good.
const EMOJI = `⚓ Anchor 🍎 Apple 🎈 Balloon 🍌 Banana 🔔 Bell 🚲 Bicycle ⛵ Boat 📚 Books 🍞 Bread 🦋 Butterfly
  🌵 Cactus 🎂 Cake 🐪 Camel 🥕 Carrot 🏰 Castle 🐱 Cat 🧀 Cheese ⏰ Clock 🍀 Clover 🌽 Corn 🦀 Crab
  👑 Crown 💎 Diamond 🐶 Dog 🥁 Drum 🌍 Earth 🥚 Egg 🐘 Elephant 🔥 Fire 🐟 Fish 🐸 Frog 👻 Ghost
  👓 Glasses 🍇 Grapes 🎸 Guitar 🔨 Hammer 🐴 Horse 💡 Lamp 🍋 Lemon ⚡ Lightning 🦁 Lion 🐵 Monkey
  🌙 Moon 🍄 Mushroom 🐙 Octopus 🦉 Owl 🐼 Panda 🐧 Penguin 🐷 Pig 🍕 Pizza 🎁 Present 🐰 Rabbit
  🌈 Rainbow 🤖 Robot 🚀 Rocket 🐍 Snake ⛄ Snowman ⭐ Star 🌻 Sunflower 🚂 Train 🌳 Tree 🏆 Trophy
  🎺 Trumpet 🐢 Turtle`.match(/\S+ \S+/g).map((pair) => pair.split(" "));
const COUNT = 7; // emoji, of 6 bits each

// Whoever begins says this first, and opens it once the other side's public key is there. Else somebody in between
// could try millions of keys until both sides see the same emoji. nonce: 32 random bytes, so that nobody can guess.
export const commitmentOf = (publicKey, nonce) => sha256(joinBytes(COMMITMENT_CONTEXT, publicKey, nonce));

// first, second: the public keys of who began and of the other, as this side knows them.
export const deriveKey = (shared, first, second) => hkdfSha256(shared, joinBytes(KEY_CONTEXT, first, second));

// Returns seven pairs of an emoji and its word: the first 42 bits of a hash of the key.
export function emojiOf(key) {
  const bits = sha256(joinBytes(SAS_CONTEXT, key)).subarray(0, 6).reduce((number, byte) => 256 * number + byte, 0);
  const first = Math.floor(bits / 2 ** 6);
  return Array.from({ length: COUNT }, (_, place) => EMOJI[Math.floor(first / 64 ** (COUNT - 1 - place)) % 64]);
}
