import type { JsonValue } from "../../domain/json.ts";
import type { MapState } from "./definition.ts";
import { EvaluationFailure, StateFailure, Stopped } from "./errors.ts";
import type { Frame, Visit } from "./frame.ts";
import { callResource } from "./task-state.ts";

/** Gives the array that a Map runs over: its Items, or its input. @throws {EvaluationFailure} where that is no array */
export const evaluateItems = async (state: MapState, visit: Visit): Promise<readonly JsonValue[]> => {
  const items = state.items === undefined ? visit.input : await state.items(visit.scope());
  if (Array.isArray(items)) return items as readonly JsonValue[];
  throw new EvaluationFailure("Items", "The state has no Items, and its input is not an array.");
};

/** What an s3:getObject resource gives: a text, or its bytes as they come. */
interface StoredObject {
  readonly Body: string | AsyncIterable<Uint8Array>;
}

const untilAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  let follow: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    follow = () => reject(signal.reason as Error);
    signal.addEventListener("abort", follow, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", follow);
  }
};

/** Splits bytes into lines, several at a time; a byte-order mark is dropped. */
async function* readLines(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  const iterator = chunks[Symbol.asyncIterator]();
  let rest = "";
  try {
    for (;;) {
      const chunk = await untilAborted(iterator.next(), signal);
      if (chunk.done === true) break;
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield lines;
    }
    yield [rest + decoder.decode()];
  } finally {
    // Not awaited: a source that hangs would hang here again.
    iterator.return?.().catch(() => undefined);
  }
}

/** Parses page after page; the items before a line that is no JSON come before its error. */
async function* parseLines(
  pages: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): AsyncGenerator<readonly JsonValue[]> {
  let number = 0;
  for await (const lines of pages) {
    const items: JsonValue[] = [];
    for (const line of lines) {
      number += 1;
      if (line.trim() === "") continue;
      try {
        items.push(JSON.parse(line) as JsonValue);
      } catch (error) {
        yield items;
        throw new Error(`Line ${number} is not valid JSON: ${(error as Error).message}`);
      }
    }
    yield items;
  }
}

/**
 * Reads the items of a JSON Lines object, many at a time, never the whole object at once.
 * @throws {StateFailure} States.ItemReaderFailed where the object cannot be read or a line is not JSON
 */
export async function* readJsonLines(
  resource: string,
  args: JsonValue,
  maxItems: number,
  frame: Frame,
): AsyncGenerator<readonly JsonValue[]> {
  let left = maxItems === 0 ? Number.POSITIVE_INFINITY : maxItems;
  try {
    const { Body } = (await callResource(frame, resource, args)) as StoredObject;
    const pages = typeof Body === "string" ? [Body.split("\n")] : readLines(Body, frame.signal);
    for await (const items of parseLines(pages)) {
      yield items.length > left ? items.slice(0, left) : items;
      left -= items.length;
      if (left <= 0) return;
    }
  } catch (error) {
    if (error instanceof Stopped) throw error;
    const cause = error instanceof StateFailure ? error.causeText : (error as Error).message;
    throw new StateFailure("States.ItemReaderFailed", cause);
  }
}
