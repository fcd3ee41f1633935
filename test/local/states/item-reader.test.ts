import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../lib/domain/json.ts";
import { distributedMap, failing, getObjectArn, hanging, machine, pass, run } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const reading = (config: JsonObject = {}, more: JsonObject = {}): JsonObject => {
  const { Items: _, ...map } = distributedMap({ P: pass() }, more);
  const args = { Bucket: "bucket", Key: "{% $states.input.key %}" };
  return machine({
    M: {
      ...map,
      ItemReader: { Resource: getObjectArn, ReaderConfig: { InputType: "JSONL", ...config }, Arguments: args },
    },
  });
};

const read = (body: unknown, definition = reading(), input: JsonObject = { key: "items.jsonl" }) =>
  run(definition, input, { resources: { [getObjectArn]: async () => ({ Body: body }) } });

/** The bytes of a text in parts of a size, as a stream brings them. */
async function* inParts(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe("an ItemReader of JSON Lines", () => {
  test("asks for the object that its Arguments name", async () => {
    const getObject = failing();
    await run(reading(), { key: "a.jsonl" }, { resources: { [getObjectArn]: getObject } });
    expect(getObject.calls).toEqual([{ Bucket: "bucket", Key: "a.jsonl" }]);
  });

  test("gives each line to a child", async () => {
    expect((await read('{"a":1}\n{"a":2}\n')).output).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test.each([1, 2, 3, 7, 1000])("reads a stream whose parts have %i bytes, wherever they cut", async (size) => {
    const items = ["ä", { b: "€ and 😀" }, [1, 2], "\u2028"];
    const text = items.map((item) => JSON.stringify(item)).join("\n");
    expect((await read(inParts(text, size))).output).toEqual(items);
  });

  test("skips blank lines, and takes CRLF and a byte-order mark", async () => {
    const text = "\uFEFF1\r\n\r\n  \n2\r\n\n";
    expect((await read(inParts(text, 4))).output).toEqual([1, 2]);
  });

  test.each<[string, unknown]>([
    ["a text", ""],
    ["a stream", inParts("", 5)],
    ["a stream of blank lines", inParts("\n \n", 1)],
  ])("finds no items in %s that is empty", async (_title, body) => {
    expect((await read(body)).output).toEqual([]);
  });

  test("stops after MaxItems, and closes the stream", async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from("1\n2\n3\n");
      } finally {
        closed = true;
      }
    }
    expect((await read(endless(), reading({ MaxItems: 4 }))).output).toEqual([1, 2, 3, 1]);
    expect(closed).toBe(true);
  });

  test("reads all items where MaxItems is 0, and MaxItems may be an expression", async () => {
    expect((await read("1\n2\n3", reading({ MaxItems: 0 }))).output).toEqual([1, 2, 3]);
    expect(
      (await read("1\n2\n3", reading({ MaxItems: "{% $states.input.most %}" }), { key: "k", most: 2 })).output,
    ).toEqual([1, 2]);
  });

  test("passes items to ItemSelector with their index", async () => {
    const definition = reading(
      {},
      { ItemSelector: ["{% $states.context.Map.Item.Index %}", "{% $states.context.Map.Item.Value %}"] },
    );
    expect((await read('"a"\n\n"b"', definition)).output).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
  });

  test("counts the items it found for ToleratedFailurePercentage", async () => {
    const definition = (percentage: number) => {
      const { Items: _, ...map } = distributedMap(
        {
          C: { Type: "Choice", Choices: [{ Condition: "{% $states.input = 1 %}", Next: "F" }], Default: "P" },
          F: { Type: "Fail" },
          P: pass(),
        },
        { ToleratedFailurePercentage: percentage },
      );
      return machine({
        M: { ...map, ItemReader: { Resource: getObjectArn, ReaderConfig: { InputType: "JSONL" }, Arguments: {} } },
      });
    };
    expect((await read("1\n2\n3\n4", definition(25))).status).toBe("SUCCEEDED");
    expect(await read("1\n2\n3\n4", definition(24))).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
  });
});

describe("States.ItemReaderFailed", () => {
  test("a line that is not JSON is named", async () => {
    const result = await read('{"a":1}\n\n{"a":\n{"a":2}');
    expect(result).toMatchObject({ status: "FAILED", error: "States.ItemReaderFailed" });
    expect(result.cause).toMatch(/^Line 3 is not valid JSON: /);
  });

  test("an object that cannot be got", async () => {
    const result = await run(
      reading(),
      { key: "k" },
      { resources: { [getObjectArn]: failing("S3.NoSuchKeyException") } },
    );
    expect(result).toMatchObject({ error: "States.ItemReaderFailed", cause: "S3.NoSuchKeyException happened" });
  });

  test("a stream that breaks off", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("1\n2\n");
      throw new Error("connection reset");
    }
    expect(await read(broken())).toMatchObject({ error: "States.ItemReaderFailed", cause: "connection reset" });
  });

  test("may be caught by the Map", async () => {
    const caught = reading({}, { Catch: [{ ErrorEquals: ["States.ItemReaderFailed"], Next: "P" }] });
    const definition = { ...caught, States: { ...(caught["States"] as JsonObject), P: pass({ Output: "caught" }) } };
    expect((await read("{", definition)).output).toBe("caught");
  });
});

describe("a reader that hangs", () => {
  const abortSoon = async (getObject: Parameters<typeof run>[2]) => {
    const clock = createVirtualClock(0);
    const caller = new AbortController();
    clock.timeout(5, () => caller.abort());
    return run(reading(), { key: "k" }, { clock, signal: caller.signal, ...getObject });
  };

  test("is told when the execution is aborted", async () => {
    const getObject = hanging();
    expect((await abortSoon({ resources: { [getObjectArn]: getObject } })).status).toBe("ABORTED");
    expect(getObject.aborted).toHaveLength(1);
  });

  test("does not hold up the end where its stream hangs", async () => {
    const body: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    expect((await abortSoon({ resources: { [getObjectArn]: async () => ({ Body: body }) } })).status).toBe("ABORTED");
  });
});

test("a large object is streamed: it is read no further than children have room", async () => {
  let read = 0;
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (let line = 0; line < 1000; line += 1) {
      read += 1;
      yield Buffer.from(`${line}\n`);
    }
  }
  const clock = createVirtualClock(0);
  const seen: number[] = [];
  const { Items: _, ...map } = distributedMap({ W: { Type: "Wait", Seconds: 1, End: true } }, { MaxConcurrency: 2 });
  const definition = machine({
    M: { ...map, ItemReader: { Resource: getObjectArn, ReaderConfig: { InputType: "JSONL" }, Arguments: {} } },
  });
  for (const second of [0, 1, 10]) clock.timeout(second * 1000 + 500, () => seen.push(read));
  await run(definition, {}, { clock, resources: { [getObjectArn]: async () => ({ Body: lines() }) } });
  expect(seen).toEqual([2, 4, 22]);
});
