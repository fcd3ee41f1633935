import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MissingObjectError } from "../../lib/domain/errors.ts";
import { readJson, readJsonLines, readTextLines } from "../../lib/steps/read-json-lines.ts";
import { FakeObjectStore } from "./fakes.ts";

const collect = async <Item>(batches: AsyncIterable<readonly Item[]>): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
};

const holding = (text: string): FakeObjectStore => {
  const objects = new FakeObjectStore();
  objects.texts.set("key", text);
  return objects;
};

describe("lines of an object", () => {
  test("are whole wherever its bytes are cut, also within a character", async () => {
    const line = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\u2028", "\r") }).filter((text) => text !== "");
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
        const objects = holding(lines.map((text) => `${text}\n`).join(""));
        expect(await collect(readTextLines(objects, "key"))).toEqual(lines);
      }),
    );
  });

  test("count the last one also without a line end", async () => {
    expect(await collect(readTextLines(holding("a\nb"), "key"))).toEqual(["a", "b"]);
  });

  test.each([
    { title: "an object that is empty", objects: holding("") },
    { title: "an object that does not exist", objects: new FakeObjectStore() },
  ])("are none in $title", async ({ objects }) => {
    expect(await collect(readTextLines(objects, "key"))).toEqual([]);
  });

  test("come in batches, so that no batch is empty and the first comes before the last is read", async () => {
    const batches: number[] = [];
    for await (const lines of readTextLines(holding("a\n".repeat(500)), "key")) batches.push(lines.length);
    expect(batches.length).toBeGreaterThan(3);
    expect(Math.min(...batches)).toBeGreaterThan(0);
  });
});

test("values are read from lines of JSON", async () => {
  const objects = holding('{"a":1}\n{"b":[null]}\n');
  expect(await collect(readJsonLines<unknown>(objects, "key"))).toEqual([{ a: 1 }, { b: [null] }]);
});

describe("a JSON object that an earlier step wrote", () => {
  test("is read", async () => {
    expect(await readJson(holding('{"a":1}'), "key")).toEqual({ a: 1 });
  });

  test("that is missing is named", async () => {
    const reading = readJson(new FakeObjectStore(), "runs/run-1/plan.json");
    await expect(reading).rejects.toThrow(MissingObjectError);
    await expect(reading).rejects.toThrow("runs/run-1/plan.json");
  });
});
