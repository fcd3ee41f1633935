/** Bits of a digit: 2,048 buckets still fit the fastest cache, and 64 bits take six passes instead of eight. */
const DIGIT_BITS = 11;
const BUCKETS = 2 ** DIGIT_BITS;

/** The passes of the sort, the least significant digit first. */
const digits = (["low", "high"] as const).flatMap((word) =>
  [0, DIGIT_BITS, 2 * DIGIT_BITS].map((shift) => ({ word, shift })),
);

/** Values as the two words of their floats, each with the index of its item. */
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
 * Indexes of `items` by descending value, equal values in their own order. Values are ≥ 0. A radix sort, because a million
 * items take it about 0.1 s, a fifth of what a sort with a comparator takes.
 */
export const descendingOrder = <Item>(items: readonly Item[], valueOf: (item: Item) => number): Int32Array => {
  let entries = readEntries(items, valueOf);
  let target = createEntries(items.length);
  for (const { word, shift } of digits) {
    const places = firstPlaces(entries[word], shift);
    if (places === undefined) continue;
    moveEntries(entries, target, word, shift, places);
    [entries, target] = [target, entries];
  }
  return entries.index;
};

/** The bits of floats ≥ 0, read as integers, stand in the order of the floats. Math.abs, because -0 has the sign bit set. */
const readEntries = <Item>(items: readonly Item[], valueOf: (item: Item) => number): Entries => {
  const entries = createEntries(items.length);
  const float = new DataView(new ArrayBuffer(8));
  for (let index = 0; index < items.length; index += 1) {
    float.setFloat64(0, Math.abs(valueOf(items[index] as Item)));
    entries.high[index] = float.getUint32(0);
    entries.low[index] = float.getUint32(4);
    entries.index[index] = index;
  }
  return entries;
};

/** Where the entries of each digit begin, the highest digit first; undefined where all have the same one. */
const firstPlaces = (words: Uint32Array, shift: number): Int32Array | undefined => {
  const places = new Int32Array(BUCKETS);
  for (let at = 0; at < words.length; at += 1) places[(words[at]! >>> shift) % BUCKETS]! += 1;
  if (places.includes(words.length)) return undefined;
  let place = 0;
  for (let digit = BUCKETS - 1; digit >= 0; digit -= 1) {
    const count = places[digit]!;
    places[digit] = place;
    place += count;
  }
  return places;
};

const moveEntries = (from: Entries, to: Entries, word: "low" | "high", shift: number, places: Int32Array): void => {
  const words = from[word];
  for (let at = 0; at < words.length; at += 1) {
    const place = places[(words[at]! >>> shift) % BUCKETS]!++;
    to.low[place] = from.low[at]!;
    to.high[place] = from.high[at]!;
    to.index[place] = from.index[at]!;
  }
};
