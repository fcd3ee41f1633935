import type { JsonValue } from "../../domain/json.ts";
import { dataLimitBytes, jsonBytes } from "./data-limit.ts";
import { StateFailure } from "./errors.ts";
import { printOnce } from "./json-text.ts";

/** The input of one child execution. */
export interface Batch {
  /** From 0. */
  readonly index: number;
  readonly input: JsonValue;
  /** How many items fail when the child fails. */
  readonly itemCount: number;
}

/** How items are grouped; 0 where there is no limit but the 256 KiB of a child's input. */
export interface BatchLimits {
  readonly maxItems: number;
  readonly maxInputBytes: number;
  /** Given to every child as `BatchInput`. */
  readonly batchInput: JsonValue | undefined;
}

const tooLarge = (bytes: number, limit: number): StateFailure =>
  new StateFailure(
    "States.DataLimitExceeded",
    `The input of a child has ${bytes} bytes, which exceeds the limit of ${limit} bytes.`,
  );

/** Bytes of an item, whose text is kept for all that print it on its way. */
const itemBytes = (item: JsonValue): number => Buffer.byteLength(printOnce(item));

/** Gives each item to a child of its own. @throws {StateFailure} States.DataLimitExceeded */
export async function* singleItems(pages: AsyncIterable<readonly JsonValue[]>): AsyncGenerator<Batch> {
  let index = 0;
  for await (const items of pages) {
    for (const input of items) {
      const bytes = itemBytes(input);
      if (bytes > dataLimitBytes) throw tooLarge(bytes, dataLimitBytes);
      yield { index, input, itemCount: 1 };
      index += 1;
    }
  }
}

/**
 * Groups items into children's inputs `{BatchInput, Items}`: a batch ends before it would have too many items or too many
 * bytes of JSON. @throws {StateFailure} States.DataLimitExceeded where an item alone is too large
 */
export async function* batchItems(
  pages: AsyncIterable<readonly JsonValue[]>,
  limits: BatchLimits,
): AsyncGenerator<Batch> {
  const { maxItems, maxInputBytes, batchInput } = limits;
  const limit = Math.min(maxInputBytes === 0 ? dataLimitBytes : maxInputBytes, dataLimitBytes);
  const wrap = (list: readonly JsonValue[]): JsonValue =>
    batchInput === undefined ? { Items: list } : { BatchInput: batchInput, Items: list };
  if (batchInput !== undefined) printOnce(batchInput);
  const emptyBytes = jsonBytes(wrap([]));
  let index = 0;
  let batch: JsonValue[] = [];
  let bytes = emptyBytes;
  for await (const items of pages) {
    for (const item of items) {
      const size = itemBytes(item);
      const isFull = batch.length === maxItems || bytes + 1 + size > limit;
      if (batch.length > 0 && isFull) {
        yield { index, input: wrap(batch), itemCount: batch.length };
        index += 1;
        batch = [];
        bytes = emptyBytes;
      }
      bytes += size + (batch.length > 0 ? 1 : 0);
      if (bytes > limit) throw tooLarge(bytes, limit);
      batch.push(item);
    }
  }
  if (batch.length > 0) yield { index, input: wrap(batch), itemCount: batch.length };
}
