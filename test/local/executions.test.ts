import { describe, expect, test } from "vitest";

import type { JsonObject } from "../../lib/domain/json.ts";
import { Executions } from "../../lib/local/executions.ts";
import type { ExecutionResult } from "../../lib/local/states/execute.ts";
import { MapRun } from "../../lib/local/states/map-run.ts";

const machine = {
  arn: "arn:aws:states:us-east-1:000000000000:stateMachine:Run",
  name: "Run",
  definition: { StartAt: "A" },
};
const succeeded: ExecutionResult = { status: "SUCCEEDED", output: { n: 1 }, history: [] };

/** Executions that end when the test says so, or are aborted. */
const createExecutions = () => {
  const runs: { input: unknown; context: JsonObject; end: (result: ExecutionResult) => void }[] = [];
  const executions = new Executions([machine], (_, input, context, signal) => {
    const { promise, resolve } = Promise.withResolvers<ExecutionResult>();
    signal.addEventListener("abort", () => resolve({ status: "ABORTED", history: [] }));
    runs.push({ input, context, end: resolve });
    return promise;
  });
  const start = (body: JsonObject = {}) =>
    executions.answer("StartExecution", {
      stateMachineArn: machine.arn,
      name: "run-1",
      input: "{}",
      ...body,
    }) as Promise<{
      executionArn: string;
      startDate: Date;
    }>;
  const describeRun = (executionArn: string) => executions.answer("DescribeExecution", { executionArn });
  return { executions, runs, start, describeRun };
};

const arn = "arn:aws:states:us-east-1:000000000000:execution:Run:run-1";

describe("the end of an execution", () => {
  test("is told of when it can be described", async () => {
    const { executions, runs, start, describeRun } = createExecutions();
    await start();
    const described = executions.ended(arn)?.then(() => describeRun(arn));
    runs[0]?.end(succeeded);
    expect(await described).toMatchObject({ status: "SUCCEEDED" });
  });

  test("is nothing to wait for where there is none", () => {
    expect(createExecutions().executions.ended(arn)).toBeUndefined();
  });
});

describe("starting", () => {
  test("runs the machine with its input, under an ARN that names machine and execution", async () => {
    const { runs, start } = createExecutions();
    const { executionArn, startDate } = await start({ input: '{"a":1}' });
    expect(executionArn).toBe(arn);
    expect(runs[0]?.input).toEqual({ a: 1 });
    expect(runs[0]?.context).toEqual({
      Execution: { Id: arn, Name: "run-1", Input: { a: 1 }, StartTime: startDate.toISOString(), RoleArn: "" },
      StateMachine: { Id: machine.arn, Name: "Run" },
    });
  });

  test("gives an execution without a name one of its own, and {} where there is no input", async () => {
    const { executions, runs } = createExecutions();
    const answers = [1, 2].map(() => executions.answer("StartExecution", { stateMachineArn: machine.arn }));
    const [first, second] = (await Promise.all(answers)) as { executionArn: string }[];
    expect(first?.executionArn).not.toBe(second?.executionArn);
    expect(runs[0]?.input).toEqual({});
  });

  test("of the same name with the same input, while it runs, is the same execution", async () => {
    const { runs, start } = createExecutions();
    const first = await start();
    expect(await start()).toEqual(first);
    expect(runs).toHaveLength(1);
  });

  test("of the same name with another input is refused", async () => {
    const { start } = createExecutions();
    await start();
    await expect(start({ input: '{"a":1}' })).rejects.toMatchObject({
      code: "ExecutionAlreadyExists",
      message: `Execution Already Exists: '${arn}'`,
    });
  });

  test("of the same name is refused once it has ended, whatever the input", async () => {
    const { executions, runs, start } = createExecutions();
    await start();
    runs[0]?.end(succeeded);
    await executions.stop();
    await expect(start()).rejects.toMatchObject({ code: "ExecutionAlreadyExists" });
  });

  test.each([[""], ["a/b"], ["a b"], ["a\nb"], ["a\\b"], ["x".repeat(81)]])(
    "under the name %j is refused",
    async (name) => {
      const { runs, start } = createExecutions();
      await expect(start({ name })).rejects.toMatchObject({ code: "InvalidName", message: `Invalid Name: '${name}'` });
      expect(runs).toEqual([]);
    },
  );

  test("with an input that is not JSON is refused", async () => {
    const { runs, start } = createExecutions();
    await expect(start({ input: "{" })).rejects.toMatchObject({ code: "InvalidExecutionInput" });
    expect(runs).toEqual([]);
  });

  test("on a machine that is not there is refused", async () => {
    const { start } = createExecutions();
    await expect(start({ stateMachineArn: "arn:other" })).rejects.toMatchObject({ code: "StateMachineDoesNotExist" });
  });
});

describe("looking", () => {
  test("shows what runs", async () => {
    const { start, describeRun } = createExecutions();
    const { startDate } = await start();
    expect(await describeRun(arn)).toEqual({
      executionArn: arn,
      name: "run-1",
      stateMachineArn: machine.arn,
      input: "{}",
      startDate,
      status: "RUNNING",
    });
  });

  test("shows output and end of what succeeded", async () => {
    const { executions, runs, start, describeRun } = createExecutions();
    await start();
    runs[0]?.end(succeeded);
    await executions.stop();
    expect(await describeRun(arn)).toMatchObject({
      status: "SUCCEEDED",
      output: '{"n":1}',
      stopDate: expect.any(Date) as Date,
    });
  });

  test("shows error and cause of what failed, and its history", async () => {
    const { executions, runs, start, describeRun } = createExecutions();
    await start();
    const history = [{ id: 1, previousEventId: 0, timestamp: new Date(), type: "ExecutionStarted" }] as const;
    runs[0]?.end({ status: "FAILED", error: "Phase21.InvalidInput", cause: "a cause", history });
    await executions.stop();
    expect(await describeRun(arn)).toMatchObject({
      status: "FAILED",
      error: "Phase21.InvalidInput",
      cause: "a cause",
    });
    expect(await executions.answer("GetExecutionHistory", { executionArn: arn })).toEqual({ events: history });
  });

  test("has no events to show of what still runs", async () => {
    const { executions, start } = createExecutions();
    await start();
    expect(await executions.answer("GetExecutionHistory", { executionArn: arn })).toEqual({ events: [] });
  });

  test("has the history of the last 100 executions that ended, and the rest of every one", async () => {
    const { executions, runs, start, describeRun } = createExecutions();
    const history = [{ id: 1, previousEventId: 0, timestamp: new Date(), type: "ExecutionStarted" }] as const;
    const arns: string[] = [];
    for (let n = 0; n <= 100; n += 1) {
      arns.push((await start({ name: `run-${n}` })).executionArn);
      runs[n]?.end({ ...succeeded, history });
    }
    await executions.stop();
    const lengths = await Promise.all(
      arns.map(async (executionArn) => {
        const answer = await executions.answer("GetExecutionHistory", { executionArn });
        return (answer as { readonly events: readonly unknown[] }).events.length;
      }),
    );
    expect(lengths).toEqual([0, ...Array.from({ length: 100 }, () => 1)]);
    expect(await describeRun(arns[0] ?? "")).toMatchObject({ status: "SUCCEEDED", output: '{"n":1}' });
  });

  test.each(["DescribeExecution", "StopExecution", "GetExecutionHistory"])(
    "for an execution that is not there is refused: %s",
    async (operation) => {
      const { executions } = createExecutions();
      await expect(executions.answer(operation, { executionArn: arn })).rejects.toMatchObject({
        code: "ExecutionDoesNotExist",
      });
    },
  );
});

describe("stopping", () => {
  test("aborts an execution and waits for its end", async () => {
    const { executions, start, describeRun } = createExecutions();
    await start();
    const { stopDate } = (await executions.answer("StopExecution", { executionArn: arn })) as { stopDate: Date };
    expect(await describeRun(arn)).toMatchObject({ status: "ABORTED", stopDate });
  });

  test("all of them ends every execution that runs", async () => {
    const { executions, start, describeRun } = createExecutions();
    const arns = await Promise.all(["a", "b"].map(async (name) => (await start({ name })).executionArn));
    await executions.stop();
    for (const executionArn of arns) expect(await describeRun(executionArn)).toMatchObject({ status: "ABORTED" });
  });
});

test("an operation that the embedded Step Functions does not have is refused by its name", async () => {
  const { executions } = createExecutions();
  await expect(executions.answer("ListExecutions", {})).rejects.toMatchObject({
    code: "UnknownOperationException",
    message: "the embedded Step Functions has no operation ListExecutions",
  });
});

describe("Map Runs", () => {
  test("of an execution are listed and described while it runs", async () => {
    const begun = new MapRun("arn:map-run", new Date(0), 1);
    const executions = new Executions([machine], async (_machine, _input, _context, _signal, _journal, onMapRun) => {
      onMapRun(begun);
      return succeeded;
    });
    await executions.answer("StartExecution", { stateMachineArn: machine.arn, name: "run-1" });
    expect(await executions.answer("ListMapRuns", { executionArn: arn })).toMatchObject({
      mapRuns: [{ mapRunArn: "arn:map-run", stateMachineArn: machine.arn }],
    });
    expect(await executions.answer("DescribeMapRun", { mapRunArn: "arn:map-run" })).toMatchObject({
      status: "RUNNING",
    });
  });
});
