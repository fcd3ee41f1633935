import { describe, expect, test } from "vitest";
import { distributedMap, failing, hanging, inlineMap, machine, pass, run, task, typesOf } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

describe("the machine's TimeoutSeconds", () => {
  test("ends the execution, and what runs is told", async () => {
    const clock = createVirtualClock(0);
    const invoke = hanging();
    const result = await run(machine({ T: task() }, { TimeoutSeconds: 30 }), {}, { clock, invoke });
    expect(result).toMatchObject({ status: "TIMED_OUT", error: "States.Timeout" });
    expect(typesOf(result).at(-1)).toBe("ExecutionTimedOut");
    expect(invoke.aborted).toHaveLength(1);
    expect(clock.now()).toBe(30_000);
  });

  test("is not caught by any Catch in it", async () => {
    const definition = machine(
      {
        M: inlineMap(
          { T: task({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "P" }] }), P: pass() },
          { Catch: [{ ErrorEquals: ["States.ALL"], Next: "Q" }] },
        ),
        Q: pass(),
      },
      { TimeoutSeconds: 30 },
    );
    expect(await run(definition, { items: [1] }, { invoke: hanging() })).toMatchObject({ status: "TIMED_OUT" });
  });
});

describe("abort", () => {
  const abortAfter = async (
    milliseconds: number,
    definition: Parameters<typeof run>[0],
    options: Parameters<typeof run>[2] = {},
  ) => {
    const clock = createVirtualClock(0);
    const caller = new AbortController();
    clock.timeout(milliseconds, () => caller.abort());
    const result = await run(definition, { items: [1, 2, 3, 4] }, { clock, signal: caller.signal, ...options });
    return { result, now: clock.now() };
  };

  test("ends a Wait", async () => {
    const { result, now } = await abortAfter(5, machine({ W: { Type: "Wait", Seconds: 60, End: true } }));
    expect(result.status).toBe("ABORTED");
    expect(typesOf(result)).toEqual(["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]);
    expect(now).toBe(5);
  });

  test("ends the wait for a retry, and nothing is tried again", async () => {
    const invoke = failing("A", "A");
    const { result, now } = await abortAfter(5, machine({ T: task({ Retry: [{ ErrorEquals: ["A"] }] }) }), { invoke });
    expect(result.status).toBe("ABORTED");
    expect(invoke.calls).toHaveLength(1);
    expect(now).toBe(5);
  });

  test("tells every resource that runs in a Map, and starts nothing more", async () => {
    const invoke = hanging();
    const { result } = await abortAfter(5, machine({ M: inlineMap({ T: task() }, { MaxConcurrency: 2 }) }), { invoke });
    expect(result.status).toBe("ABORTED");
    expect(invoke.aborted).toHaveLength(2);
    expect(typesOf(result).at(-1)).toBe("ExecutionAborted");
    expect(typesOf(result)).not.toContain("MapIterationAborted");
  });

  test("tells every resource that runs in children of a distributed Map, whatever it tolerates", async () => {
    const invoke = hanging();
    const map = distributedMap(
      { T: task() },
      { MaxConcurrency: 3, ToleratedFailurePercentage: 100, Retry: [{ ErrorEquals: ["States.ALL"] }] },
    );
    const { result } = await abortAfter(5, machine({ M: map }), { invoke });
    expect(result.status).toBe("ABORTED");
    expect(invoke.aborted).toHaveLength(3);
  });

  test("before the start runs nothing", async () => {
    const invoke = failing();
    const result = await run(machine({ T: task() }), {}, { invoke, signal: AbortSignal.abort() });
    expect(result.status).toBe("ABORTED");
    expect(typesOf(result)).toEqual(["ExecutionStarted", "ExecutionAborted"]);
    expect(invoke.calls).toEqual([]);
  });

  test("after the end changes nothing", async () => {
    const caller = new AbortController();
    const result = await run(machine({ P: pass() }), {}, { signal: caller.signal });
    caller.abort();
    expect(result.status).toBe("SUCCEEDED");
  });
});

describe("the limit of 256 KiB", () => {
  /** A text whose JSON has so many bytes. */
  const ofBytes = (bytes: number): string => "x".repeat(bytes - 2);

  test("an output of exactly 262,144 bytes passes", async () => {
    const result = await run(machine({ T: task() }), {}, { invoke: async () => ofBytes(262_144) });
    expect(result.status).toBe("SUCCEEDED");
  });

  test("a byte more fails with States.DataLimitExceeded", async () => {
    const result = await run(machine({ T: task() }), {}, { invoke: async () => ofBytes(262_145) });
    expect(result).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
    expect(result.cause).toBe("The task's result has 262145 bytes, which exceeds the maximum of 262144 bytes.");
    expect(typesOf(result).slice(-2)).toEqual(["TaskFailed", "ExecutionFailed"]);
  });

  test("bytes are counted in UTF-8", async () => {
    const result = await run(machine({ T: task() }), {}, { invoke: async () => "é".repeat(131_072) });
    expect(result).toMatchObject({ error: "States.DataLimitExceeded" });
  });

  test.each<[string, Parameters<typeof machine>[0]]>([
    ["an Output", { P: pass({ Output: "{% $join($map([1..200], function($i) { $states.input })) %}" }) }],
    ["an Assign", { P: pass({ Assign: { a: "{% $join($map([1..200], function($i) { $states.input })) %}" } }) }],
    ["a task's Arguments", { T: task({ Arguments: "{% $join($map([1..200], function($i) { $states.input })) %}" }) }],
    [
      "a Map's result",
      { M: inlineMap({ P: pass({ Output: "{% $states.context.Execution.Input %}" }) }, { Items: "{% [1..200] %}" }) },
    ],
    [
      "an iteration's input",
      {
        M: inlineMap(
          { P: pass() },
          { Items: [1], ItemSelector: "{% $join($map([1..200], function($i) { $states.input })) %}" },
        ),
      },
    ],
  ])("%s is limited", async (_title, states) => {
    const result = await run(machine(states), "x".repeat(2000), { invoke: failing() });
    expect(result).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test("the execution's input is limited", async () => {
    expect(await run(machine({ P: pass() }), ofBytes(262_145))).toMatchObject({ error: "States.DataLimitExceeded" });
  });

  test("States.ALL does not catch it, its own name does", async () => {
    const states = (name: string) =>
      machine({ T: task({ Catch: [{ ErrorEquals: [name], Next: "P" }] }), P: pass({ Output: "caught" }) });
    const invoke = async () => ofBytes(262_145);
    expect((await run(states("States.ALL"), {}, { invoke })).status).toBe("FAILED");
    expect((await run(states("States.DataLimitExceeded"), {}, { invoke })).output).toBe("caught");
  });
});

test("an error of the interpreter's own is no failure of the machine", async () => {
  const clock = { ...createVirtualClock(), sleep: () => Promise.reject(new TypeError("a bug")) };
  await expect(run(machine({ W: { Type: "Wait", Seconds: 1, End: true } }), {}, { clock })).rejects.toThrow("a bug");
});
