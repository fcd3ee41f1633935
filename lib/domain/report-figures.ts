/** By decimals: `toLocaleString` makes a format for each number, and that takes a hundred times as long as using it. */
const formats = new Map<number, Intl.NumberFormat>();

const formatWith = (digits: number): Intl.NumberFormat => {
  const known = formats.get(digits);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  formats.set(digits, format);
  return format;
};

/** A figure for people: thousands separated, so many decimals; a dash where there is none. */
export const formatNumber = (value: number | null, digits = 0): string =>
  value === null || !Number.isFinite(value) ? "–" : formatWith(digits).format(value);

/** A share 0..1 as a percentage with one decimal; a dash where there is none. */
export const formatPercent = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? "–" : `${(share * 100).toFixed(1)} %`;

/** A count with its noun: "1 task", "2 tasks", "1,000 passes" (the plural may be given). */
export const countOf = (count: number, noun: string, plural = `${noun}s`): string =>
  `${formatNumber(count)} ${count === 1 ? noun : plural}`;

/** Names in a row, at most five; says how many more there are. */
export const listNames = (names: readonly string[]): string => {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${formatNumber(names.length - 5)} more` : shown;
};

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800;

/** Text of at most `limit` UTF-16 units on one line: control and direction marks become spaces, a cut ends with an ellipsis. */
export const cutText = (text: string, limit = 200): string => {
  const end = isHighSurrogate(text.charCodeAt(limit - 2)) ? limit - 2 : limit - 1;
  const cut = text.length > limit ? `${text.slice(0, end)}…` : text;
  return cut.replace(/\r\n|[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, " ");
};
