import { showValue } from "./explain-issues.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { MAX_LINE_BYTES } from "./lines.ts";
import type { Line } from "./lines.ts";

/** Deepest nesting that is parsed; the object itself is level 1 (SPEC IN5). */
const MAX_LEVELS = 32;

/** Rejected lines are shown up to this length (SPEC IN5). */
const MAX_SHOWN_BYTES = 1024;

/** A UTF-8 character has at most 4 bytes. */
const MAX_CHARACTER_BYTES = 4;

/** Keys by which an object could reach the prototype of others once it is merged somewhere. */
const FORBIDDEN_KEYS = ["__proto__", "constructor", "prototype"];

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** A JSON object, or why there is none. */
export type ParsedObject =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly reason: string };

const refuse = (reason: string): ParsedObject => ({ ok: false, reason });

/** Nesting cannot be deeper than there are opening brackets, and few lines have that many: spares them the scan. */
const hasManyBrackets = (text: string): boolean => {
  let brackets = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      brackets += 1;
      if (brackets > MAX_LEVELS) return true;
    }
  }
  return false;
};

const isTooDeep = (text: string): boolean => {
  if (!hasManyBrackets(text)) return false;
  let level = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === "{" || character === "[") {
      level += 1;
      if (level > MAX_LEVELS) return true;
    } else if (character === "}" || character === "]") {
      level -= 1;
    }
  }
  return false;
};

/** An escape can spell a key too, so a text with one is searched after parsing. */
const mayHoldForbiddenKey = (text: string): boolean =>
  text.includes("\\u") || FORBIDDEN_KEYS.some((key) => text.includes(key));

const findForbiddenKey = (root: JsonValue): string | undefined => {
  const open: JsonValue[] = [root];
  for (const value of open) {
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) {
      const found = Object.keys(value).find((key) => FORBIDDEN_KEYS.includes(key));
      if (found !== undefined) return found;
    }
    for (const child of Object.values(value)) open.push(child);
  }
  return undefined;
};

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Parses the text of a JSON object and refuses what SPEC IN5 does: depth, forbidden keys, anything but an object. */
export const parseJsonObject = (text: string): ParsedObject => {
  if (isTooDeep(text)) return refuse(`expected at most ${MAX_LEVELS} levels of nesting, received more`);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    // The engine quotes the text, line ends included.
    return refuse(`expected JSON: ${(error as SyntaxError).message.replaceAll(/[\s\p{Cc}]+/gu, " ")}`);
  }
  if (!isObject(value)) return refuse(`expected a JSON object, received ${showValue(value)}`);
  const forbidden = mayHoldForbiddenKey(text) ? findForbiddenKey(value) : undefined;
  if (forbidden !== undefined) return refuse(`expected no key ${FORBIDDEN_KEYS.join(", ")}, received "${forbidden}"`);
  return { ok: true, value };
};

/** Parses a line of a JSON Lines file, or says why it is rejected (SPEC IN5). */
export const parseJsonLine = (line: Line): ParsedObject => {
  if (line.byteLength > MAX_LINE_BYTES) {
    return refuse(`expected at most ${MAX_LINE_BYTES} bytes, received ${line.byteLength}`);
  }
  let text: string;
  try {
    text = strictDecoder.decode(line.bytes);
  } catch {
    return refuse("expected UTF-8, received bytes that are not");
  }
  return parseJsonObject(text);
};

/** The line as a person may read it: at most 1 KiB, cut between characters, invalid bytes as U+FFFD. */
export const decodeForHumans = (line: Line): string => {
  // One character more than fits, so that a character at the cut is whole when it is left out.
  const text = lenientDecoder.decode(line.bytes.subarray(0, MAX_SHOWN_BYTES + MAX_CHARACTER_BYTES));
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(MAX_SHOWN_BYTES)).read);
};
