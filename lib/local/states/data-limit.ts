import type { JsonValue } from "../../domain/json.ts";
import { StateFailure } from "./errors.ts";

/** What a state may take or give, and what a child execution may take, in bytes of its JSON text (256 KiB). */
export const dataLimitBytes = 262_144;

/** Size of a value's JSON text in UTF-8 bytes. */
export const jsonBytes = (value: JsonValue): number => Buffer.byteLength(JSON.stringify(value));

/** Refuses a value whose JSON text is over 256 KiB. @throws {StateFailure} States.DataLimitExceeded, with `what` in its cause */
export const assertWithinLimit = (value: JsonValue, what: string): void => {
  const text = JSON.stringify(value);
  // A UTF-16 unit takes three bytes at the most: what is well below need not be counted.
  if (text.length * 3 <= dataLimitBytes) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= dataLimitBytes) return;
  throw new StateFailure(
    "States.DataLimitExceeded",
    `The ${what} has ${bytes} bytes, which exceeds the maximum of ${dataLimitBytes} bytes.`,
  );
};
