import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { StateFailure } from "./errors.ts";

/** What a state may take or give, and what a child execution may take, in bytes of its JSON text (256 KiB). */
export const dataLimitBytes = 262_144;

/** Size of a value's JSON text in UTF-8 bytes. */
export const jsonBytes = (value: JsonValue): number => Buffer.byteLength(JSON.stringify(value));

/** Sizes of lists, which pass from state to state whole and are never changed: each is walked through once. */
const measured = new WeakMap<readonly JsonValue[], number>();

const listBytes = (list: readonly JsonValue[]): number => {
  const known = measured.get(list);
  if (known !== undefined) return known;
  const bytes = list.reduce<number>((sum, part) => sum + jsonBytesAtMost(part) + 1, 2);
  if (list.length > 1) measured.set(list, bytes);
  return bytes;
};

/** As many bytes as a value's JSON text has at the most: some four times as many as most have, for a sixth of the work. */
export const jsonBytesAtMost = (value: JsonValue | undefined): number => {
  // As if each character were a control character.
  if (typeof value === "string") return value.length * 6 + 2;
  if (typeof value === "number") return 25;
  if (typeof value !== "object" || value === null) return 5;
  let bytes = 2;
  if (Array.isArray(value)) return listBytes(value as readonly JsonValue[]);
  const fields = value as JsonObject;
  for (const key in fields) bytes += key.length * 6 + 4 + jsonBytesAtMost(fields[key]);
  return bytes;
};

/** Refuses a value whose JSON text is over 256 KiB. @throws {StateFailure} States.DataLimitExceeded, with `what` in its cause */
export const assertWithinLimit = (value: JsonValue, what: string): void => {
  if (jsonBytesAtMost(value) <= dataLimitBytes) return;
  const bytes = jsonBytes(value);
  if (bytes <= dataLimitBytes) return;
  throw new StateFailure(
    "States.DataLimitExceeded",
    `The ${what} has ${bytes} bytes, which exceeds the maximum of ${dataLimitBytes} bytes.`,
  );
};
