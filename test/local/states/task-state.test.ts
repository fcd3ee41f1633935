import { describe, expect, test } from "vitest";
import { failing, hanging, invokeArn, machine, named, pass, run, task } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:work";

describe("a Task", () => {
  test("gives its resource the evaluated Arguments", async () => {
    const invoke = failing();
    await run(
      machine({ Work: task({ Arguments: { a: "{% $states.input.x + 1 %}", b: ["{% $states.input.x %}", "x"] } }) }),
      { x: 1 },
      { invoke },
    );
    expect(invoke.calls).toEqual([{ a: 2, b: [1, "x"] }]);
  });

  test("gives its resource the state's input where it has no Arguments", async () => {
    const invoke = failing();
    const { Arguments: _, ...plain } = task();
    await run(machine({ Work: plain }), { x: 1 }, { invoke });
    expect(invoke.calls).toEqual([{ x: 1 }]);
  });

  test("gives its resource null where that is what its Arguments evaluate to", async () => {
    const invoke = failing();
    await run(machine({ Work: task({ Arguments: "{% null %}" }) }), { x: 1 }, { invoke });
    expect(invoke.calls).toEqual([null]);
  });

  test("has the resource's result as its output where it has no Output", async () => {
    const result = await run(machine({ Work: task() }), {}, { invoke: async () => ({ Payload: 7 }) });
    expect(result.output).toEqual({ Payload: 7 });
  });

  test("has null as its result where the resource gives nothing", async () => {
    expect((await run(machine({ Work: task() }), {}, { invoke: async () => undefined })).output).toBeNull();
  });

  test("shows its result to Output and Assign", async () => {
    const definition = machine({
      Work: task({
        Output: "{% $states.result.Payload %}",
        Assign: { seen: "{% $states.result.Payload + 1 %}" },
        Next: "Then",
      }),
      Then: pass({ Output: { output: "{% $states.input %}", seen: "{% $seen %}" } }),
    });
    const result = await run(definition, {}, { invoke: async () => ({ Payload: 7 }) });
    expect(result.output).toEqual({ output: 7, seen: 8 });
  });

  test("calls a plain function ARN like any resource", async () => {
    const definition = machine({ Work: task({ Resource: functionArn }) });
    const result = await run(definition, { a: 1 }, { resources: { [functionArn]: async (args) => args } });
    expect(result.output).toEqual({ input: { a: 1 }, retryCount: 0 });
  });

  test("fails with the error's name and message", async () => {
    const result = await run(machine({ Work: task() }), {}, { invoke: failing("Broken") });
    expect(result).toMatchObject({ status: "FAILED", error: "Broken", cause: "Broken happened" });
  });

  test("fails where its resource throws before it promises anything", async () => {
    const invoke = () => {
      throw named("Early");
    };
    expect(await run(machine({ Work: task() }), {}, { invoke })).toMatchObject({ status: "FAILED", error: "Early" });
  });
});

describe("TimeoutSeconds", () => {
  test("ends the task with States.Timeout and aborts the resource's signal", async () => {
    const clock = createVirtualClock(0);
    const invoke = hanging();
    const result = await run(machine({ Work: task({ TimeoutSeconds: 5 }) }), {}, { clock, invoke });
    expect(result).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    expect(result).not.toHaveProperty("cause");
    expect(invoke.aborted).toHaveLength(1);
    expect(clock.now()).toBe(5000);
  });

  test("may be an expression", async () => {
    const clock = createVirtualClock(0);
    const definition = machine({ Work: task({ TimeoutSeconds: "{% $states.input.limit %}" }) });
    await run(definition, { limit: 9 }, { clock, invoke: hanging() });
    expect(clock.now()).toBe(9000);
  });

  test.each([0, -1, 1.5, "5", null])("an expression that gives %j fails the evaluation", async (limit) => {
    const definition = machine({ Work: task({ TimeoutSeconds: "{% $states.input.limit %}" }) });
    expect(await run(definition, { limit }, { invoke: failing() })).toMatchObject({
      error: "States.QueryEvaluationError",
    });
  });

  test("counts for each attempt", async () => {
    const clock = createVirtualClock(0);
    const invoke = hanging();
    const definition = machine({
      Work: task({ TimeoutSeconds: 5, Retry: [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 1 }] }),
    });
    await run(definition, {}, { clock, invoke });
    expect(clock.now()).toBe(11_000);
    expect(invoke.aborted).toHaveLength(2);
  });

  test("does not matter to a task that ends before", async () => {
    const clock = createVirtualClock(0);
    const invoke = () => clock.sleep(4000);
    expect((await run(machine({ Work: task({ TimeoutSeconds: 5 }) }), {}, { clock, invoke })).status).toBe("SUCCEEDED");
  });

  test("an answer that comes after the time limit is ignored", async () => {
    const clock = createVirtualClock(0);
    const definition = machine({
      Work: task({ TimeoutSeconds: 5, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "Wait" }] }),
      Wait: { Type: "Wait", Seconds: 60, Output: "timed out", End: true },
    });
    const invoke = async () => {
      await clock.sleep(10_000);
      throw named("Late");
    };
    expect(await run(definition, {}, { clock, resources: { [invokeArn]: invoke } })).toMatchObject({
      output: "timed out",
    });
  });
});
