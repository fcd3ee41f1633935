/** An agent's output stands in the record up to this many bytes of JSON; a larger one becomes an object (SPEC E7). */
export const MAX_INLINE_OUTPUT_BYTES = 2_048;

/** A result's error line, in bytes of JSON. */
export const MAX_ERROR_BYTES = 512;

/** The error line of one attempt of several, in bytes of JSON. */
export const MAX_ATTEMPT_ERROR_BYTES = 160;

const encoder = new TextEncoder();

/** A UTF-16 unit takes at most three bytes in UTF-8. */
const scratch = new Uint8Array(3 * 4_096);

/** Bytes that a text takes in UTF-8. */
const utf8Bytes = (text: string): number =>
  text.length * 3 <= scratch.length ? encoder.encodeInto(text, scratch).written : encoder.encode(text).length;

/** Bytes that a value takes as JSON text in UTF-8. */
export const jsonBytes = (value: unknown): number => utf8Bytes(JSON.stringify(value) ?? "");

/**
 * Cuts a text so that it takes at most `maxBytes` as a JSON string, on one line. Forty results share the 256 KiB that a
 * child execution may return, so no result may grow with what an agent said.
 */
export const cutText = (text: string, maxBytes: number): string => {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  if (jsonBytes(line) <= maxBytes) return line;
  const kept: string[] = [];
  let bytes = jsonBytes("…");
  for (const character of line) {
    bytes += jsonBytes(character) - 2;
    if (bytes > maxBytes) break;
    kept.push(character);
  }
  return `${kept.join("")}…`;
};
