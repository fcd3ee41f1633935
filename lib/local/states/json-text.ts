import type { JsonObject, JsonValue } from "../../domain/json.ts";

/** JSON texts of values that are never changed, such as the items of a Map: so that each is printed once, not by every state. */
const texts = new WeakMap<object, string>();

/** Containers around known values, one in the other, that are looked into: `{Items: [item, …]}` has two. */
const composedDepth = 2;

/** Keeps a value's JSON text, as JSON.stringify gives it; from then on the value must not change. */
export const rememberText = (value: JsonValue, text: string): void => {
  if (typeof value === "object" && value !== null) texts.set(value, text);
};

/** Prints a value of which nothing is known yet, and keeps the text. */
export const printOnce = (value: JsonValue): string => {
  const text = JSON.stringify(value);
  rememberText(value, text);
  return text;
};

const compose = (value: JsonValue, depth: number): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  if (depth === 0) return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const part of value as readonly JsonValue[]) text += (text === "" ? "" : ",") + compose(part, depth - 1);
    return `[${text}]`;
  }
  for (const key in value) {
    const part = (value as JsonObject)[key];
    if (part !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${compose(part, depth - 1)}`;
  }
  return `{${text}}`;
};

/** A value's JSON text, put together from the texts that are known. */
export const jsonText = (value: JsonValue): string => compose(value, composedDepth);

/** Longest text of a number, such as -1.2345678901234567e-308. */
const numberLength = 25;

const boundOf = (value: JsonValue, depth: number): number => {
  switch (typeof value) {
    case "string":
      // A control character, and half of a surrogate pair, is written as six.
      return value.length * 6 + 2;
    case "number":
    case "boolean":
      return numberLength;
    default:
      if (value === null) return numberLength;
  }
  const known = texts.get(value);
  if (known !== undefined) return known.length;
  if (depth === 0) return JSON.stringify(value).length;
  let bound = 2;
  if (Array.isArray(value)) {
    for (const part of value as readonly JsonValue[]) bound += boundOf(part, depth - 1) + 1;
    return bound;
  }
  for (const key in value) {
    const part = (value as JsonObject)[key];
    if (part !== undefined) bound += key.length * 6 + 4 + boundOf(part, depth - 1);
  }
  return bound;
};

/** A number of UTF-16 units that a value's JSON text does not pass, without making the text where its parts are known. */
export const jsonTextBound = (value: JsonValue): number => boundOf(value, composedDepth);
