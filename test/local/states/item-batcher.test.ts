import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../lib/domain/json.ts";
import { dataLimitBytes, jsonBytes } from "../../../lib/local/states/data-limit.ts";
import { batchItems } from "../../../lib/local/states/item-batcher.ts";
import type { Batch } from "../../../lib/local/states/item-batcher.ts";
import { distributedMap, machine, pass, run } from "./machine.ts";

const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index);
const outputOf = async (batcher: JsonObject, input: JsonObject) =>
  run(machine({ M: distributedMap({ P: pass() }, { ItemBatcher: batcher }) }), input);

/** In pages of three. */
async function* stream(items: readonly JsonValue[]): AsyncGenerator<readonly JsonValue[]> {
  for (let from = 0; from < items.length; from += 3) yield items.slice(from, from + 3);
}

describe("an ItemBatcher", () => {
  test("gives each child at most MaxItemsPerBatch items, and no BatchInput where it has none", async () => {
    const { output } = await outputOf({ MaxItemsPerBatch: 2 }, { items: [1, 2, 3, 4, 5] });
    expect(output).toEqual([{ Items: [1, 2] }, { Items: [3, 4] }, { Items: [5] }]);
  });

  test("gives each child the evaluated BatchInput", async () => {
    const { output } = await outputOf(
      { MaxItemsPerBatch: 2, BatchInput: { run: "{% $states.input.run %}" } },
      { items: [1, 2, 3], run: "r" },
    );
    expect(output).toEqual([
      { BatchInput: { run: "r" }, Items: [1, 2] },
      { BatchInput: { run: "r" }, Items: [3] },
    ]);
  });

  test("its limits may be expressions", async () => {
    const input = { items: [1, 2, 3], n: 1, bytes: 1000 };
    const { output } = await outputOf(
      { MaxItemsPerBatch: "{% $states.input.n %}", MaxInputBytesPerBatch: "{% $states.input.bytes %}" },
      input,
    );
    expect(output).toEqual([{ Items: [1] }, { Items: [2] }, { Items: [3] }]);
  });

  test("keeps the whole input of a child within MaxInputBytesPerBatch", async () => {
    // {"Items":[1111,2222]} has 21 bytes.
    expect((await outputOf({ MaxInputBytesPerBatch: 21 }, { items: [1111, 2222, 3333] })).output).toEqual([
      { Items: [1111, 2222] },
      { Items: [3333] },
    ]);
    expect((await outputOf({ MaxInputBytesPerBatch: 20 }, { items: [1111, 2222] })).output).toEqual([
      { Items: [1111] },
      { Items: [2222] },
    ]);
  });

  test("ends a batch at whichever limit comes first", async () => {
    const both = { MaxItemsPerBatch: 3, MaxInputBytesPerBatch: 21 };
    expect((await outputOf(both, { items: [1111, 2222, 1, 2, 3, 4] })).output).toEqual([
      { Items: [1111, 2222] },
      { Items: [1, 2, 3] },
      { Items: [4] },
    ]);
  });

  test("counts BatchInput among the bytes", async () => {
    // {"BatchInput":1,"Items":[1]} has 28 bytes.
    expect((await outputOf({ MaxInputBytesPerBatch: 29, BatchInput: 1 }, { items: [1, 2] })).output).toHaveLength(2);
    expect((await outputOf({ MaxInputBytesPerBatch: 30, BatchInput: 1 }, { items: [1, 2] })).output).toHaveLength(1);
  });

  test("keeps batches within 256 KiB where it only counts items", async () => {
    const batches: Batch[] = [];
    const items = numbers(10).map(() => "x".repeat(100_000));
    for await (const batch of batchItems(stream(items), { maxItems: 40, maxInputBytes: 0, batchInput: undefined }))
      batches.push(batch);
    expect(batches.map(({ itemCount }) => itemCount)).toEqual([2, 2, 2, 2, 2]);
  });

  test("fails where an item alone is over the limit", async () => {
    const result = await outputOf({ MaxInputBytesPerBatch: 20 }, { items: [1, "a long item"] });
    expect(result).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
    expect(result.cause).toBe("The input of a child has 25 bytes, which exceeds the limit of 20 bytes.");
  });

  test("neither loses nor reorders items, and never exceeds a limit", async () => {
    const limits = fc.record({
      maxItems: fc.integer({ min: 0, max: 5 }),
      maxInputBytes: fc.integer({ min: 60, max: 200 }),
      batchInput: fc.constantFrom<JsonValue | undefined>(undefined, null, { run: "r" }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 5 })), limits, async (items, given) => {
        const batches: Batch[] = [];
        for await (const batch of batchItems(stream(items), given)) batches.push(batch);
        const inputs = batches.map(({ input }) => input as { readonly Items: readonly JsonValue[] });
        expect(inputs.flatMap(({ Items }) => Items)).toEqual(items);
        expect(batches.map(({ index }) => index)).toEqual(batches.map((_, index) => index));
        for (const { input, itemCount } of batches) {
          expect((input as { readonly Items: readonly JsonValue[] }).Items).toHaveLength(itemCount);
          expect(jsonBytes(input)).toBeLessThanOrEqual(Math.min(given.maxInputBytes, dataLimitBytes));
          expect(itemCount).toBeLessThanOrEqual(given.maxItems === 0 ? items.length : given.maxItems);
        }
      }),
    );
  });
});
