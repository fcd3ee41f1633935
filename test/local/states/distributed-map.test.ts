import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../lib/domain/json.ts";
import type { MapRun } from "../../../lib/local/states/map-run.ts";
import { failing, hanging, inlineMap, invokeArn, machine, named, distributedMap, pass, run, task } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index);
const inputOf = (args: JsonValue): JsonValue => (args as { readonly input: JsonValue }).input;

describe("children of a distributed Map", () => {
  test("each get an item, and their outputs are the result in the items' order", async () => {
    const clock = createVirtualClock(0);
    const invoke = async (args: JsonValue) => {
      await clock.sleep(1000 * (5 - Number(inputOf(args))));
      return Number(inputOf(args)) * 10;
    };
    const result = await run(machine({ M: distributedMap({ T: task() }) }), { items: numbers(5) }, { clock, invoke });
    expect(result.output).toEqual([0, 10, 20, 30, 40]);
  });

  test("may be none", async () => {
    expect((await run(machine({ M: distributedMap({ P: pass() }) }), { items: [] })).output).toEqual([]);
  });

  test("get what ItemSelector makes of the item, with the variables of the Map", async () => {
    const selector = {
      v: "{% $v %}",
      item: "{% $states.context.Map.Item.Value %}",
      index: "{% $states.context.Map.Item.Index %}",
    };
    const definition = machine({
      First: pass({ Assign: { v: "x" }, Next: "M" }),
      M: distributedMap({ P: pass() }, { ItemSelector: selector }),
    });
    expect((await run(definition, { items: ["a"] })).output).toEqual([{ v: "x", item: "a", index: 0 }]);
  });

  test("do not see the variables around them, nor an item in their context", async () => {
    const seen = pass({ Output: ["{% $exists($v) %}", "{% $exists($states.context.Map) %}"] });
    const definition = machine({ First: pass({ Assign: { v: 1 }, Next: "M" }), M: distributedMap({ P: seen }) });
    expect((await run(definition, { items: [1] })).output).toEqual([[false, false]]);
  });

  test("are executions of their own", async () => {
    const context = { StateMachine: { Id: "arn:aws:states:eu-west-1:1:stateMachine:runs", Name: "runs" } };
    const definition = machine({ M: distributedMap({ P: pass({ Output: "{% $states.context %}" }) }) });
    const { output } = await run(definition, { items: ["a"] }, { context });
    expect(output).toMatchObject([
      {
        Execution: { Id: "arn:aws:states:eu-west-1:1:express:runs/children:id-3", Name: "id-3", Input: "a" },
        StateMachine: { Id: "arn:aws:states:eu-west-1:1:stateMachine:runs/children", Name: "runs/children" },
      },
    ]);
  });

  test("are named by the Map where it has no Label", async () => {
    const { Label: _, ...map } = distributedMap({ P: pass({ Output: "{% $states.context.StateMachine.Name %}" }) });
    expect((await run(machine({ "My Map": map }), { items: [1] })).output).toEqual(["StateMachine/MyMap"]);
  });

  test.each<[string, JsonObject, number]>([
    ["1,000 run at a time where the Map does not say", {}, 1000],
    ["1,000 run at a time where MaxConcurrency is 0", { MaxConcurrency: 0 }, 1000],
    ["as many run at a time as MaxConcurrency says", { MaxConcurrency: 30 }, 30],
    ["as many run at a time as an expression says", { MaxConcurrency: "{% $states.input.limit %}" }, 20],
  ])("%s", async (_title, more, expected) => {
    const clock = createVirtualClock(0);
    let running = 0;
    let peak = 0;
    const invoke = async () => {
      running += 1;
      peak = Math.max(peak, running);
      await clock.sleep(1000);
      running -= 1;
    };
    await run(
      machine({ M: distributedMap({ T: task() }, more) }),
      { items: numbers(1100), limit: 20 },
      { clock, invoke },
    );
    expect(peak).toBe(expected);
  });

  test("draw items only when there is room for them", async () => {
    const clock = createVirtualClock(0);
    const selector = { n: "{% $states.context.Map.Item.Index %}", at: "{% $millis() %}" };
    const invoke = async (args: JsonValue) => {
      await clock.sleep(1000);
      return inputOf(args);
    };
    const map = distributedMap({ T: task() }, { ItemSelector: selector, MaxConcurrency: 2 });
    const { output } = await run(machine({ M: map }), { items: numbers(6) }, { clock, invoke });
    expect((output as readonly { readonly at: number }[]).map(({ at }) => at)).toEqual([0, 0, 1000, 1000, 2000, 2000]);
  });
});

describe("children's time limit", () => {
  const waiting = (executionType: string) => {
    const map = distributedMap({ W: { Type: "Wait", Seconds: 400, End: true } }, { ToleratedFailurePercentage: 100 });
    const processor = {
      ...(map["ItemProcessor"] as JsonObject),
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: executionType },
    };
    return machine({ M: { ...map, ItemProcessor: processor } });
  };

  test("an EXPRESS child ends after 5 minutes", async () => {
    const clock = createVirtualClock(0);
    const { output } = await run(waiting("EXPRESS"), { items: [1] }, { clock });
    expect(output).toMatchObject([{ Status: "TIMED_OUT", Error: "States.Timeout" }]);
    expect(clock.now()).toBe(300_000);
  });

  test("a STANDARD child has none", async () => {
    expect((await run(waiting("STANDARD"), { items: [1] })).output).toEqual([1]);
  });

  test("what runs in a child that is out of time is told", async () => {
    const invoke = hanging();
    const map = distributedMap({ T: task() }, { ToleratedFailurePercentage: 100 });
    await run(machine({ M: map }), { items: [1, 2] }, { invoke });
    expect(invoke.aborted).toHaveLength(2);
  });
});

describe("failed children", () => {
  const failingOn =
    (...bad: readonly JsonValue[]) =>
    async (args: JsonValue) => {
      if (bad.includes(inputOf(args))) throw named("Bad");
      return inputOf(args);
    };
  const threshold = {
    status: "FAILED",
    error: "States.ExceedToleratedFailureThreshold",
    cause: "The specified tolerated failure threshold was exceeded",
  };
  const tolerated = { status: "SUCCEEDED" };

  test.each<[string, JsonObject, number[], object]>([
    ["none is tolerated where nothing is said", {}, [0], threshold],
    ["as many as the count are tolerated", { ToleratedFailureCount: 2 }, [0, 1], tolerated],
    ["one more than the count is not", { ToleratedFailureCount: 2 }, [0, 1, 2], threshold],
    ["as many as the percentage are tolerated", { ToleratedFailurePercentage: 20 }, [0, 1], tolerated],
    ["one more than the percentage is not", { ToleratedFailurePercentage: 20 }, [0, 1, 2], threshold],
    ["all are tolerated at 100 %", { ToleratedFailurePercentage: 100 }, numbers(10), tolerated],
    ["none is tolerated at 0 %", { ToleratedFailurePercentage: 0 }, [0], threshold],
    [
      "the count holds where it is exceeded before the percentage",
      { ToleratedFailureCount: 1, ToleratedFailurePercentage: 50 },
      [0, 1],
      threshold,
    ],
    [
      "the percentage holds where it is exceeded before the count",
      { ToleratedFailureCount: 9, ToleratedFailurePercentage: 10 },
      [0, 1],
      threshold,
    ],
    ["the tolerance may be an expression", { ToleratedFailureCount: "{% $states.input.count %}" }, [0], tolerated],
  ])("%s", async (_title, more, bad, expected) => {
    const definition = machine({ M: distributedMap({ T: task() }, more) });
    const result = await run(definition, { items: numbers(10), count: 1 }, { invoke: failingOn(...bad) });
    expect(result).toMatchObject(expected);
  });

  test("count with all the items of their batch", async () => {
    const batch = { ItemBatcher: { MaxItemsPerBatch: 5 }, ToleratedFailureCount: 4 };
    const map = distributedMap({ I: inlineMap({ T: task() }, { Items: "{% $states.input.Items %}" }) }, batch);
    expect(await run(machine({ M: map }), { items: numbers(10) }, { invoke: failingOn(7) })).toMatchObject(threshold);
  });

  test("past the threshold stop what has not started and abort what runs", async () => {
    const clock = createVirtualClock(0);
    const started: JsonValue[] = [];
    let aborted = 0;
    const invoke = async (args: JsonValue, { signal }: { readonly signal: AbortSignal }) => {
      started.push(inputOf(args));
      signal.addEventListener("abort", () => (aborted += 1));
      await clock.sleep(inputOf(args) === 1 ? 500 : 1000);
      if (inputOf(args) === 1) throw named("Bad");
    };
    const map = distributedMap({ T: task() }, { MaxConcurrency: 3 });
    expect(await run(machine({ M: map }), { items: numbers(10) }, { clock, invoke })).toMatchObject(threshold);
    expect(started).toEqual([0, 1, 2]);
    expect(aborted).toBe(2);
  });

  test("that are tolerated stand in the result with their input and their error", async () => {
    const map = distributedMap({ T: task() }, { ToleratedFailureCount: 1 });
    const { output } = await run(machine({ M: map }), { items: ["a", "b"] }, { invoke: failingOn("a") });
    expect(output).toEqual([
      {
        ExecutionArn: "arn:aws:states:us-east-1:000000000000:express:StateMachine/children:id-3",
        Input: '"a"',
        InputDetails: { Included: true },
        Name: "id-3",
        Error: "Bad",
        Cause: "Bad happened",
        RedriveCount: 0,
        StartDate: "2026-01-01T00:00:00.000Z",
        StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:StateMachine/children",
        Status: "FAILED",
        StopDate: "2026-01-01T00:00:00.000Z",
      },
      "b",
    ]);
  });

  test("a child may fail without a name and a cause", async () => {
    const map = distributedMap({ F: { Type: "Fail" } }, { ToleratedFailureCount: 1 });
    const { output } = await run(machine({ M: map }), { items: ["a"] });
    expect(output).toMatchObject([{ Status: "FAILED" }]);
    expect(output).not.toMatchObject([{ Error: expect.anything() }]);
  });

  test("a child whose input is over 256 KiB cannot be started, and fails the Map", async () => {
    const result = await run(
      machine({
        M: distributedMap(
          { P: pass() },
          { ItemSelector: "{% $join($map([1..200], function() { $states.input.long })) %}" },
        ),
      }),
      { items: [1], long: "x".repeat(2000) },
    );
    expect(result).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test("the whole Map is run again where it has a Retry", async () => {
    const invoke = failing("Bad");
    const map = distributedMap(
      { T: task() },
      { MaxConcurrency: 1, Retry: [{ ErrorEquals: ["States.ExceedToleratedFailureThreshold"] }] },
    );
    expect((await run(machine({ M: map }), { items: [1, 2] }, { invoke })).status).toBe("SUCCEEDED");
    expect(invoke.calls).toHaveLength(3);
  });

  test("a result over 256 KiB fails the Map where no writer takes it", async () => {
    const result = await run(
      machine({ M: distributedMap({ P: pass({ Output: "{% $states.context.Execution.Input %}" }) }) }),
      {
        items: Array.from({ length: 20 }, () => "x".repeat(12_000)),
      },
    );
    expect(result.status).toBe("SUCCEEDED");
    const more = await run(
      machine({ M: distributedMap({ P: pass({ Output: ["{% $states.input %}", "{% $states.input %}"] }) }) }),
      {
        items: Array.from({ length: 20 }, () => "x".repeat(12_000)),
      },
    );
    expect(more).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });
});

test("an error of the interpreter's own in a child is no failed child", async () => {
  const clock = { ...createVirtualClock(), sleep: () => Promise.reject(new TypeError("a bug")) };
  const map = distributedMap({ W: { Type: "Wait", Seconds: 1, End: true } }, { ToleratedFailurePercentage: 100 });
  const call = run(machine({ M: map }), { items: [1] }, { clock, resources: { [invokeArn]: failing() } });
  await expect(call).rejects.toThrow("a bug");
});

describe("a Map Run tells those who watch it", () => {
  const watch = async (definition: JsonObject, input: JsonObject, more: Parameters<typeof run>[2] = {}) => {
    const mapRuns: MapRun[] = [];
    const result = await run(definition, input, { ...more, onMapRun: (mapRun) => mapRuns.push(mapRun) });
    return { mapRuns, result };
  };

  test("how many items its children have ended so far", async () => {
    const clock = createVirtualClock(0);
    const seen: number[] = [];
    const mapRuns: MapRun[] = [];
    const invoke = async () => {
      seen.push(mapRuns[0]?.items.succeeded ?? -1);
      return null;
    };
    const map = distributedMap({ T: task() }, { MaxConcurrency: 1, ItemBatcher: { MaxItemsPerBatch: 2 } });
    await run(
      machine({ M: map }),
      { items: numbers(5) },
      { clock, invoke, onMapRun: (mapRun) => mapRuns.push(mapRun) },
    );
    expect(seen).toEqual([0, 2, 4]);
    expect(mapRuns[0]).toMatchObject({ status: "SUCCEEDED", maxConcurrency: 1 });
    expect(mapRuns[0]?.items).toMatchObject({ total: 5, succeeded: 5, running: 0 });
    expect(mapRuns[0]?.children).toMatchObject({ total: 3, succeeded: 3 });
  });

  test("that it failed, and which items did", async () => {
    const { mapRuns, result } = await watch(
      machine({ M: distributedMap({ T: task() }, { MaxConcurrency: 1 }) }),
      { items: [1, 2] },
      { invoke: failing("E") },
    );
    expect(result.status).toBe("FAILED");
    expect(mapRuns[0]?.status).toBe("FAILED");
    expect(mapRuns[0]?.items).toMatchObject({ total: 1, failed: 1 });
  });

  test("that it was cut off", async () => {
    const caller = new AbortController();
    const invoke = async () => {
      caller.abort();
      return null;
    };
    const map = machine({ M: distributedMap({ T: task() }, { MaxConcurrency: 1 }) });
    const { mapRuns } = await watch(map, { items: [1, 2] }, { invoke, signal: caller.signal });
    expect(mapRuns[0]?.status).toBe("ABORTED");
  });
});
