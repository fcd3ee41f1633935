import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../lib/domain/json.ts";
import type { Resource } from "../../../lib/local/states/definition.ts";
import { distributedMap, failing, hanging, machine, named, pass, putObjectArn, run, task } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

/** A bucket that keeps what is put into it. */
const createBucket = () => {
  const objects: Record<string, string> = {};
  const put: Resource = async (args) => {
    const { Key, Body } = args as unknown as {
      readonly Key: string;
      readonly Body: string | AsyncIterable<Uint8Array>;
    };
    let text = "";
    if (typeof Body === "string") text = Body;
    else for await (const part of Body) text += Buffer.from(part).toString();
    objects[Key] = text;
    return {};
  };
  return { objects, resources: { [putObjectArn]: put } };
};

const writing = (config: JsonObject, more: JsonObject = {}): JsonObject => {
  const writer = {
    Resource: putObjectArn,
    Arguments: { Bucket: "bucket", Prefix: "{% 'results/' & $states.input.run %}" },
    WriterConfig: config,
  };
  return machine({
    M: distributedMap(
      { T: task() },
      { ResultWriter: writer, MaxConcurrency: 1, ToleratedFailurePercentage: 100, ...more },
    ),
  });
};

const echo = async (args: JsonValue): Promise<JsonValue> => {
  const { input } = args as { readonly input: JsonValue };
  if (input === "bad") throw named("Bad");
  return input;
};

const folder = "results/r/id-2";
const mapRunArn = "arn:aws:states:us-east-1:000000000000:mapRun:StateMachine/children:id-2";
const manifest = (succeeded: readonly string[], failed: readonly string[], objects: Record<string, string>) => ({
  DestinationBucket: "bucket",
  MapRunArn: mapRunArn,
  ResultFiles: {
    FAILED: failed.map((Key) => ({ Key, Size: Buffer.byteLength(objects[Key] ?? "") })),
    PENDING: [],
    SUCCEEDED: succeeded.map((Key) => ({ Key, Size: Buffer.byteLength(objects[Key] ?? "") })),
  },
});

const record = (name: string, input: string, more: object) => ({
  ExecutionArn: `arn:aws:states:us-east-1:000000000000:express:StateMachine/children:${name}`,
  Input: input,
  InputDetails: { Included: true },
  Name: name,
  RedriveCount: 0,
  StartDate: "2026-01-01T00:00:00.000Z",
  StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:StateMachine/children",
  StopDate: "2026-01-01T00:00:00.000Z",
  ...more,
});

describe("a ResultWriter", () => {
  test("gives the Map the place of the manifest, which lists the files", async () => {
    const { objects, resources } = createBucket();
    const result = await run(
      writing({ OutputType: "JSONL", Transformation: "COMPACT" }),
      { items: ["é", "bad"], run: "r" },
      { invoke: echo, resources },
    );
    expect(result.output).toEqual({
      MapRunArn: mapRunArn,
      ResultWriterDetails: { Bucket: "bucket", Key: `${folder}/manifest.json` },
    });
    const files = [`${folder}/SUCCEEDED_0.jsonl`, `${folder}/FAILED_0.jsonl`, `${folder}/manifest.json`];
    expect(Object.keys(objects).toSorted()).toEqual(files.toSorted());
    expect(JSON.parse(objects[`${folder}/manifest.json`] ?? "")).toEqual(
      manifest(files.slice(0, 1), files.slice(1, 2), objects),
    );
  });

  test("lists no files where there are no items", async () => {
    const { objects, resources } = createBucket();
    await run(writing({ OutputType: "JSONL" }), { items: [], run: "r" }, { invoke: echo, resources });
    expect(Object.keys(objects)).toEqual([`${folder}/manifest.json`]);
    expect(JSON.parse(objects[`${folder}/manifest.json`] ?? "")).toEqual(manifest([], [], objects));
  });

  test.each<[string, JsonObject, JsonValue[], string]>([
    [
      "COMPACT writes outputs as lines",
      { OutputType: "JSONL", Transformation: "COMPACT" },
      [{ a: 1 }, [1, 2]],
      '{"a":1}\n[1,2]\n',
    ],
    [
      "COMPACT writes outputs as an array",
      { OutputType: "JSON", Transformation: "COMPACT" },
      [{ a: 1 }, [1, 2]],
      '[\n{"a":1},\n[1,2]\n]',
    ],
    [
      "FLATTEN writes the elements of outputs that are arrays as lines",
      { OutputType: "JSONL", Transformation: "FLATTEN" },
      [[{ a: 1 }, [2]], [], 3],
      '{"a":1}\n[2]\n3\n',
    ],
    [
      "FLATTEN writes the elements of outputs that are arrays as an array",
      { OutputType: "JSON", Transformation: "FLATTEN" },
      [[1, 2], 3],
      "[\n1,\n2,\n3\n]",
    ],
  ])("%s", async (_title, config, items, text) => {
    const { objects, resources } = createBucket();
    await run(writing(config), { items, run: "r" }, { invoke: echo, resources });
    expect(objects[`${folder}/SUCCEEDED_0.${config["OutputType"] === "JSON" ? "json" : "jsonl"}`]).toBe(text);
  });

  test("NONE, which is the default, writes all there is to say of an execution, into a JSON array", async () => {
    const { objects, resources } = createBucket();
    await run(writing({}), { items: [{ a: 1 }], run: "r" }, { invoke: echo, resources });
    expect(JSON.parse(objects[`${folder}/SUCCEEDED_0.json`] ?? "")).toEqual([
      record("id-3", '{"a":1}', { Output: '{"a":1}', OutputDetails: { Included: true }, Status: "SUCCEEDED" }),
    ]);
  });

  test("a child that fails is written whole, with its input, whatever the transformation", async () => {
    const { objects, resources } = createBucket();
    const batching = { ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: 1 } };
    const failed = writing({ OutputType: "JSONL", Transformation: "FLATTEN" }, batching);
    await run(failed, { items: ["a", "b"], run: "r" }, { invoke: failing("Bad"), resources });
    expect(
      objects[`${folder}/FAILED_0.jsonl`]
        ?.split("\n")
        .slice(0, -1)
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      record("id-3", '{"BatchInput":1,"Items":["a","b"]}', { Error: "Bad", Cause: "Bad happened", Status: "FAILED" }),
    ]);
  });

  test("writes what there is where the threshold is exceeded, children that were aborted among the failed", async () => {
    const { objects, resources } = createBucket();
    const clock = createVirtualClock();
    const invoke = async (args: JsonValue) => {
      await clock.sleep((args as { readonly input: JsonValue }).input === "slow" ? 5000 : 1000);
      return echo(args);
    };
    const definition = writing({ OutputType: "JSONL" }, { MaxConcurrency: 3, ToleratedFailurePercentage: 0 });
    const result = await run(definition, { items: ["good", "slow", "bad"], run: "r" }, { clock, invoke, resources });
    expect(result.error).toBe("States.ExceedToleratedFailureThreshold");
    const statuses = (kind: string) => (objects[`${folder}/${kind}_0.jsonl`] ?? "").match(/"Status":"\w+"/g);
    expect(statuses("SUCCEEDED")).toEqual(['"Status":"SUCCEEDED"']);
    expect(statuses("FAILED")?.toSorted()).toEqual(['"Status":"ABORTED"', '"Status":"FAILED"']);
    expect(Object.keys(objects)).toContain(`${folder}/manifest.json`);
  });

  test.each<[string, JsonObject, string]>([
    ["no Prefix", { Bucket: "bucket" }, "id-2/manifest.json"],
    ["a Prefix that ends with a slash", { Bucket: "bucket", Prefix: "jobs/" }, "jobs/id-2/manifest.json"],
  ])("takes %s", async (_title, args, key) => {
    const { objects, resources } = createBucket();
    await run(
      writing({}, { ResultWriter: { Resource: putObjectArn, Arguments: args } }),
      { items: [], run: "r" },
      { invoke: echo, resources },
    );
    expect(Object.keys(objects)).toEqual([key]);
  });

  test("fails the evaluation where its Arguments name no bucket", async () => {
    const definition = writing({}, { ResultWriter: { Resource: putObjectArn, Arguments: { Prefix: "p" } } });
    const result = await run(
      definition,
      { items: [], run: "r" },
      { invoke: echo, resources: createBucket().resources },
    );
    expect(result).toMatchObject({ error: "States.QueryEvaluationError" });
  });

  test("without a bucket shapes the Map's own result", async () => {
    const definition = writing({}, { ResultWriter: { WriterConfig: { Transformation: "FLATTEN" } } });
    expect((await run(definition, { items: [[1, 2], [], 3], run: "r" }, { invoke: echo })).output).toEqual([1, 2, 3]);
  });
});

describe("States.ResultWriterFailed", () => {
  const failure = { status: "FAILED", error: "States.ResultWriterFailed", cause: "S3.AccessDenied happened" };
  const denied =
    (denies: (key: string) => boolean): Resource =>
    async (args, call) => {
      if (denies((args as { readonly Key: string }).Key)) throw named("S3.AccessDenied");
      return createBucket().resources[putObjectArn]?.(args, call);
    };

  test.each<[string, (key: string) => boolean]>([
    ["a file", (key) => key.includes("SUCCEEDED")],
    ["the manifest", (key) => key.includes("manifest")],
  ])("%s cannot be written", async (_title, denies) => {
    const result = await run(
      writing({}),
      { items: ["a", "b"], run: "r" },
      { invoke: echo, resources: { [putObjectArn]: denied(denies) } },
    );
    expect(result).toMatchObject(failure);
  });

  test("a store that gives up in the middle of a long file fails the Map, too", async () => {
    const put: Resource = async (args) => {
      const { Body } = args as unknown as { readonly Body: string | AsyncIterable<Uint8Array> };
      if (typeof Body !== "string") for await (const _ of Body) throw named("S3.AccessDenied");
      return {};
    };
    const items = Array.from({ length: 20 }, () => "x".repeat(10_000));
    const map = {
      MaxConcurrency: 5,
      ItemSelector: [
        "{% $states.context.Map.Item.Value %}",
        "{% $states.context.Map.Item.Value %}",
        "{% $states.context.Map.Item.Value %}",
      ],
    };
    expect(
      await run(writing({}, map), { items, run: "r" }, { invoke: echo, resources: { [putObjectArn]: put } }),
    ).toMatchObject(failure);
  });
});

describe("a store", () => {
  test("that is slow holds up the children, not the memory", async () => {
    const clock = createVirtualClock(0);
    let stored = 0;
    const put: Resource = async (args) => {
      const { Body } = args as unknown as { readonly Body: string | AsyncIterable<Uint8Array> };
      if (typeof Body === "string") return {};
      for await (const part of Body) {
        await clock.sleep(1000);
        stored += part.length;
      }
      return {};
    };
    const seen: number[] = [];
    const invoke = async (args: JsonValue) => {
      seen.push(clock.now());
      return echo(args);
    };
    const items = Array.from({ length: 20 }, () => "x".repeat(10_000));
    const map = { ItemSelector: "{% $join([1..10].$states.context.Map.Item.Value) %}" };
    await run(
      writing({ OutputType: "JSONL", Transformation: "COMPACT" }, map),
      { items, run: "r" },
      { clock, invoke, resources: { [putObjectArn]: put } },
    );
    expect(stored).toBe(20 * 100_003);
    expect(seen.at(-1)).toBeGreaterThan(10_000);
  });

  test("that hangs is told when the execution is aborted", async () => {
    const clock = createVirtualClock(0);
    const caller = new AbortController();
    clock.timeout(5, () => caller.abort());
    const put = hanging();
    const result = await run(
      writing({}),
      { items: ["a"], run: "r" },
      { clock, signal: caller.signal, invoke: echo, resources: { [putObjectArn]: put } },
    );
    expect(result.status).toBe("ABORTED");
    expect(put.aborted).toHaveLength(1);
  });
});

test("a Pass is enough for a child to have a result", async () => {
  const { objects, resources } = createBucket();
  const map = distributedMap(
    { P: pass() },
    {
      ResultWriter: {
        Resource: putObjectArn,
        Arguments: { Bucket: "b" },
        WriterConfig: { OutputType: "JSONL", Transformation: "COMPACT" },
      },
    },
  );
  await run(machine({ M: map }), { items: [null, false, 0] }, { resources });
  expect(objects["id-2/SUCCEEDED_0.jsonl"]).toBe("null\nfalse\n0\n");
});
