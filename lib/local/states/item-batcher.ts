import type { JsonValue } from "../../domain/json.ts";
import { dataLimitBytes, jsonBytes, jsonBytesAtMost } from "./data-limit.ts";
import { StateFailure } from "./errors.ts";

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

/** Items as they are read, many at a time. */
export type ItemPages = AsyncIterable<readonly JsonValue[]>;

/** Gives each item to a child of its own. @throws {StateFailure} States.DataLimitExceeded */
export async function* singleItems(pages: ItemPages): AsyncGenerator<Batch> {
  let index = 0;
  for await (const items of pages) {
    for (const input of items) {
      const bytes = jsonBytes(input);
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
export async function* batchItems(pages: ItemPages, limits: BatchLimits): AsyncGenerator<Batch> {
  const { maxItems, maxInputBytes, batchInput } = limits;
  const limit = Math.min(maxInputBytes === 0 ? dataLimitBytes : maxInputBytes, dataLimitBytes);
  const wrap = (list: readonly JsonValue[]): JsonValue =>
    batchInput === undefined ? { Items: list } : { BatchInput: batchInput, Items: list };
  const emptyBytes = jsonBytes(wrap([]));
  let index = 0;
  let batch: JsonValue[] = [];
  let bytes = emptyBytes;
  for await (const items of pages) {
    for (const item of items) {
      // With the comma before it.
      let more = jsonBytesAtMost(item) + 1;
      if (bytes + more > limit) {
        // Only here does an estimate say too little.
        bytes = jsonBytes(wrap(batch));
        more = jsonBytes(item) + 1;
      }
      if (batch.length > 0 && (batch.length === maxItems || bytes + more > limit)) {
        yield { index, input: wrap(batch), itemCount: batch.length };
        index += 1;
        batch = [];
        bytes = emptyBytes;
      }
      bytes += batch.length > 0 ? more : more - 1;
      if (bytes > limit) throw tooLarge(bytes, limit);
      batch.push(item);
    }
  }
  if (batch.length > 0) yield { index, input: wrap(batch), itemCount: batch.length };
}
