/** The second that was printed last, since the epoch, and its text up to the point before the milliseconds. */
let printedSecond = Number.NaN;
let printedStart = "";

/**
 * An instant in milliseconds since the epoch as `Date` prints it (ISO 8601, UTC). Those of a run come many to a second, whose text is only
 * made once: a fifth of the work. @throws RangeError where `Date` has no such instant
 */
export const printInstant = (ms: number): string => {
  const second = Math.floor(ms / 1_000);
  if (second !== printedSecond || !Number.isInteger(ms)) {
    const text = new Date(ms).toISOString();
    printedSecond = second;
    printedStart = text.slice(0, -"000Z".length);
    return text;
  }
  const rest = ms - second * 1_000;
  return `${printedStart}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}Z`;
};
