/** Puts the length before each part, so that the parts of ("a", "bc") and ("ab", "c") stay apart. */
const joinParts = (parts: readonly (string | number)[]): string => {
  let text = "";
  for (const part of parts) {
    const piece = String(part);
    text += `${piece.length}:${piece}`;
  }
  return text;
};

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

const scramble = (word: number, first: number, bits: number, second: number): number =>
  Math.imul(rotate(Math.imul(word, first), bits), second);

const avalanche = (word: number): number => {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
};

/** UTF-16 units, the last block of eight filled up with zeros. */
type Units = Uint8Array | Uint16Array;

const BLOCK_UNITS = 8;

/** Room for what is hashed as a rule; a whole number of blocks. */
const ascii = new Uint8Array(1_024);
const encoder = new TextEncoder();

/** The units of a text: many at a time where each is a byte, as in nearly all there are. */
const unitsOf = (text: string): Units => {
  if (text.length <= ascii.length) {
    const { read, written } = encoder.encodeInto(text, ascii);
    if (read === text.length && written === text.length) return ascii.fill(0, written, written + BLOCK_UNITS);
  }
  const units = new Uint16Array(text.length + BLOCK_UNITS);
  for (let index = 0; index < text.length; index += 1) units[index] = text.charCodeAt(index);
  return units;
};

const wordAt = (units: Units, index: number): number => units[index]! | (units[index + 1]! << 16);

/**
 * MurmurHash3 (x86, 128 bits, seed 0) over UTF-16 units, with the last block filled up with zeros. Integer arithmetic only, so
 * every platform gives the same four words.
 */
const hashWords = (text: string): readonly [number, number, number, number] => {
  const units = unitsOf(text);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let index = 0; index < text.length; index += BLOCK_UNITS) {
    a = rotate(a ^ scramble(wordAt(units, index), 0x239b961b, 15, 0xab0e9789), 19) + b;
    a = (Math.imul(a, 5) + 0x561ccd1b) | 0;
    b = rotate(b ^ scramble(wordAt(units, index + 2), 0xab0e9789, 16, 0x38b34ae5), 17) + c;
    b = (Math.imul(b, 5) + 0x0bcaa747) | 0;
    c = rotate(c ^ scramble(wordAt(units, index + 4), 0x38b34ae5, 17, 0xa1e38b93), 15) + d;
    c = (Math.imul(c, 5) + 0x96cd1c35) | 0;
    d = rotate(d ^ scramble(wordAt(units, index + 6), 0xa1e38b93, 18, 0x239b961b), 13) + a;
    d = (Math.imul(d, 5) + 0x32ac3b17) | 0;
  }
  const bytes = text.length * 2;
  [a, b, c, d] = spread(a ^ bytes, b ^ bytes, c ^ bytes, d ^ bytes);
  return spread(avalanche(a), avalanche(b), avalanche(c), avalanche(d));
};

/** Lets each word depend on all four. */
const spread = (a: number, b: number, c: number, d: number): [number, number, number, number] => {
  const sum = (a + b + c + d) | 0;
  return [sum, (b + sum) | 0, (c + sum) | 0, (d + sum) | 0];
};

/**
 * A number in [0, 1) with 53 random bits that depends on the parts alone: the same parts give the same number on every machine.
 * A number counts as its decimal text, so 1 and "1" are the same part. Not for secrets: whoever knows the parts knows the number.
 */
export const randomFor = (...parts: readonly (string | number)[]): number => {
  const [high, low] = hashWords(joinParts(parts));
  return ((high >>> 0) * 2 ** 21 + (low >>> 11)) / 2 ** 53;
};

/** Every byte in two digits: looking it up is many times faster than printing a word. */
const byteDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const wordDigits = (word: number): string =>
  `${byteDigits[word >>> 24]}${byteDigits[(word >>> 16) & 255]}${byteDigits[(word >>> 8) & 255]}${byteDigits[word & 255]}`;

/**
 * A digest of the parts for ids and idempotency keys, 32 hexadecimal digits: the same parts give the same digest, and two of ten
 * million different ones are alike with a chance near 10^-25. Not cryptographic: who wants to can find parts of the same digest.
 */
export const hashHex = (...parts: readonly string[]): string => {
  const [a, b, c, d] = hashWords(joinParts(parts));
  return wordDigits(a) + wordDigits(b) + wordDigits(c) + wordDigits(d);
};
