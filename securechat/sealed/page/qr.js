// QR codes (ISO/IEC 18004) drawn here, because a server that draws one sees what is in it: byte mode, level L, versions
// 1 to 10, which hold up to 271 bytes. Readers need no particular mask: it is always the first one, a chessboard.

const DATA = [19, 34, 55, 80, 108, 136, 156, 194, 232, 274]; // bytes in each version (table 7)
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18]; // bytes in each block to mend it by (table 9)
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4];
const CENTRES = [[], [18], [22], [26], [30], [34], [22, 38], [24, 42], [26, 46], [28, 50]]; // of small squares, besides 6
const LEVEL_L_MASK_0 = 0b01000;

// Rows of booleans: which squares are dark. Throws a RangeError where the text is too long.
export function qrOf(text) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + DATA.findIndex((size, i) => bytes.length + (i < 9 ? 2 : 3) <= size);
  if (version === 0) throw new RangeError("This text is too long for a QR code.");
  const grid = Array.from({ length: 17 + 4 * version }, () => []);
  drawPatterns(grid, version);
  drawData(grid, withCorrection(packed(bytes, version), version));
  return grid.map((row) => row.map((square) => square.dark));
}

// Section 7.4: the mode, how many bytes, the bytes, and what fills up.
function packed(bytes, version) {
  const bits = [0, 1, 0, 0, ...bitsOf(bytes.length, version < 10 ? 8 : 16), ...[...bytes].flatMap((byte) => bitsOf(byte, 8)), 0, 0, 0, 0];
  const data = Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((sum, bit) => 2 * sum + bit));
  for (let fill = 0; data.length < DATA[version - 1]; fill++) data.push(fill % 2 ? 0x11 : 0xec);
  return data;
}

const bitsOf = (value, count) => Array.from({ length: count }, (_, i) => value >> (count - 1 - i) & 1);

// Section 7.6: the blocks, first byte of each, second byte of each and so on; then what mends them in the same way.
function withCorrection(data, version) {
  const count = BLOCKS[version - 1];
  const short = Math.floor(data.length / count);
  const long = data.length % count; // so many blocks at the end have one byte more
  let at = 0;
  const blocks = Array.from({ length: count }, (_, i) => data.slice(at, (at += short + (i >= count - long))));
  const corrections = blocks.map((block) => remainder(block, CORRECTION[version - 1]));
  const inTurn = (rows) => rows.at(-1).flatMap((_, i) => rows.filter((row) => i < row.length).map((row) => row[i]));
  return [...inTurn(blocks), ...inTurn(corrections)];
}

// Reed and Solomon: the remainder by a polynomial whose roots are powers of 2 in GF(2^8), modulo 0x11d (section 7.5).
function remainder(block, count) {
  let divisor = [1];
  for (let i = 0, root = 1; i < count; i++, root = times(root, 2)) {
    divisor = [...divisor, 0].map((factor, k) => factor ^ (k > 0 ? times(divisor[k - 1], root) : 0));
  }
  const rest = [...block, ...Array(count).fill(0)];
  for (let i = 0; i < block.length; i++) {
    const factor = rest[i];
    divisor.forEach((value, k) => { rest[i + k] ^= times(value, factor); });
  }
  return rest.slice(block.length);
}

function times(a, b) {
  let sum = 0;
  for (; b; b >>= 1, a = a << 1 ^ (a & 0x80 ? 0x11d : 0)) if (b & 1) sum ^= a;
  return sum;
}

// Section 6.3: what is the same in all codes of a version, and where nothing is masked.
function drawPatterns(grid, version) {
  const end = grid.length - 1;
  const set = (x, y, dark) => { if (grid[y] && x >= 0 && x <= end) grid[y][x] = { dark: Boolean(dark) }; };
  for (let i = 0; i <= end; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  const square = (cx, cy, reach, isLight) => {
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) set(cx + x, cy + y, !isLight(Math.max(Math.abs(x), Math.abs(y))));
    }
  };
  for (const [x, y] of [[3, 3], [end - 3, 3], [3, end - 3]]) square(x, y, 4, (far) => far === 2 || far === 4);
  const centres = CENTRES[version - 1];
  const places = centres.flatMap((y) => centres.map((x) => [x, y])).concat(centres.slice(0, -1).flatMap((at) => [[6, at], [at, 6]]));
  for (const [x, y] of places) square(x, y, 2, (far) => far === 1);
  // Section 7.9: how to read it, twice, with 10 bits that mend it; and a square that is always dark.
  const format = (LEVEL_L_MASK_0 << 10 | rest(LEVEL_L_MASK_0, 10, 0x537)) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const dark = format >> i & 1;
    if (i < 8) set(end - i, 8, dark);
    else set(8, end - 14 + i, dark);
    if (i < 6) set(8, i, dark);
    else if (i < 8) set(8, i + 1, dark);
    else set(i === 8 ? 7 : 14 - i, 8, dark);
  }
  set(8, end - 7, true);
  if (version < 7) return;
  const number = version << 12 | rest(version, 12, 0x1f25); // section 7.10
  for (let i = 0; i < 18; i++) {
    const [far, near] = [end - 10 + (i % 3), Math.floor(i / 3)];
    set(far, near, number >> i & 1);
    set(near, far, number >> i & 1);
  }
}

// The bits that mend a number: what is left of it by a polynomial over GF(2).
function rest(value, count, divisor) {
  let left = value;
  for (let i = 0; i < count; i++) left = left << 1 ^ (left >> (count - 1) & 1 ? divisor : 0);
  return left & (1 << count) - 1;
}

// Section 7.7.3: two columns at a time from the right, up and down in turn; the mask turns every other square over.
function drawData(grid, bytes) {
  const bits = bytes.flatMap((byte) => bitsOf(byte, 8));
  const end = grid.length - 1;
  let at = 0;
  for (let right = end, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let i = 0; i <= end; i++) {
      const y = up ? end - i : i;
      for (const x of [right, right - 1]) {
        grid[y][x] ??= { dark: (bits[at++] ?? 0) !== Number((x + y) % 2 === 0) };
      }
    }
  }
}
