/** The second that was printed last, since the epoch, and its text up to the point before the milliseconds. */
let printedSecond = Number.NaN;
let printedStart = "";

/**
 * An instant in milliseconds since the epoch as `Date` prints it (ISO 8601, UTC). Those of a run come many to a second, whose text is only
 * made once: a fifth of the work. @throws RangeError where `Date` has no such instant
 */
export const printInstant = (ms: number): string => {
  if (!Number.isInteger(ms) || Math.abs(ms) > 8.64e15) return new Date(ms).toISOString();
  const second = Math.floor(ms / 1_000);
  if (second !== printedSecond) {
    printedStart = new Date(ms).toISOString().slice(0, -"000Z".length);
    printedSecond = second;
  }
  const rest = ms - second * 1_000;
  return `${printedStart}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}Z`;
};
