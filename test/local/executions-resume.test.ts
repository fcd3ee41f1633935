import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";
import { openJournals } from "../../lib/local/execution-journals.ts";
import { Executions } from "../../lib/local/executions.ts";
import { execute } from "../../lib/local/states/execute.ts";
import { invokeArn, machine as definitionOf, task } from "./states/machine.ts";
import { createVirtualClock } from "./states/virtual-clock.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "executions-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const machine = {
  arn: "arn:aws:states:us-east-1:000000000000:stateMachine:Run",
  name: "Run",
  definition: definitionOf({ A: task({ Arguments: { step: "A" }, Next: "B" }), B: task({ Arguments: { step: "B" } }) }),
};
const arn = "arn:aws:states:us-east-1:000000000000:execution:Run:run-1";
const startBody = { stateMachineArn: machine.arn, name: "run-1", input: '{"a":1}' };

/** A process: executions of two tasks, of which the second answers only when it is let. */
const live = async (machines = [machine]) => {
  const calls: string[] = [];
  const second = Promise.withResolvers<void>();
  const reachedSecond = Promise.withResolvers<void>();
  const starts: JsonObject[] = [];
  const executions = new Executions(
    machines,
    (running, input, context, signal, journal) => {
      starts.push(context);
      const invoke = async (args: JsonValue) => {
        const { step } = args as { readonly step: string };
        calls.push(step);
        if (step === "B") {
          reachedSecond.resolve();
          await second.promise;
        }
        return step;
      };
      const resources = { [invokeArn]: invoke };
      return execute(running.definition, input, { resources, clock: createVirtualClock(), context, signal, journal });
    },
    await openJournals(directory),
  );
  const describeRun = () => executions.answer("DescribeExecution", { executionArn: arn }) as Promise<JsonObject>;
  const ended = async () => {
    while ((await describeRun())["status"] === "RUNNING") await new Promise((resolve) => setImmediate(resolve));
    return describeRun();
  };
  return { executions, calls, starts, second, reachedSecond: reachedSecond.promise, describeRun, ended };
};

/** Starts an execution and leaves it in its second task, as a killed process does. */
const leave = async () => {
  const first = await live();
  await first.executions.answer("StartExecution", startBody);
  await first.reachedSecond;
  return first;
};

describe("an execution that a process left", () => {
  test("goes on in the next one where it was, as what it was", async () => {
    const before = await leave();
    const next = await live();
    next.executions.resume();
    next.second.resolve();
    expect(await next.ended()).toMatchObject({ ...startBody, status: "SUCCEEDED", output: '"B"' });
    expect(before.calls).toEqual(["A", "B"]);
    expect(next.calls).toEqual(["B"]);
    expect(next.starts).toEqual(before.starts);
    expect((await next.describeRun())["startDate"]).toEqual((await before.describeRun())["startDate"]);
  });

  test("runs, to whoever asks, before it has gone on", async () => {
    const { executions, describeRun } = await leave().then(() => live());
    expect(await describeRun()).toMatchObject({ ...startBody, status: "RUNNING" });
    expect(await executions.answer("StartExecution", startBody)).toMatchObject({ executionArn: arn });
  });

  test("is stopped for good where StopExecution comes before it goes on", async () => {
    const { executions, ended, calls } = await leave().then(() => live());
    await executions.answer("StopExecution", { executionArn: arn });
    executions.resume();
    expect((await ended())["status"]).toBe("ABORTED");
    expect(calls).toEqual([]);
    expect((await openJournals(directory)).ended).toHaveLength(1);
  });

  test("fails where its state machine is gone", async () => {
    await leave();
    const { executions, ended } = await live([]);
    executions.resume();
    expect(await ended()).toMatchObject({
      status: "FAILED",
      error: "StateMachineDoesNotExist",
      cause: `no state machine ${machine.arn}`,
    });
  });

  test("stays left where the next process ends before it goes on", async () => {
    await leave();
    await (await live()).executions.stop();
    expect((await openJournals(directory)).unfinished).toHaveLength(1);
  });
});

describe("the end of the process", () => {
  test("leaves what runs to the next one, though it runs no longer in this one", async () => {
    const { executions, describeRun } = await leave();
    await executions.stop();
    expect((await describeRun())["status"]).toBe("ABORTED");
    const next = await live();
    next.executions.resume();
    next.second.resolve();
    expect(await next.ended()).toMatchObject({ status: "SUCCEEDED", output: '"B"' });
    expect(next.calls).toEqual(["B"]);
  });

  test("leaves what is started after it to the next one, too, and calls nothing for it", async () => {
    const { executions, calls, ended } = await live();
    await executions.stop();
    await executions.answer("StartExecution", startBody);
    expect((await ended())["status"]).toBe("ABORTED");
    expect(calls).toEqual([]);
    expect((await openJournals(directory)).unfinished).toHaveLength(1);
  });

  test("does not bring back what StopExecution ended", async () => {
    const { executions } = await leave();
    const stopped = executions.answer("StopExecution", { executionArn: arn });
    await executions.stop();
    await stopped;
    const next = await live();
    next.executions.resume();
    expect((await next.describeRun())["status"]).toBe("ABORTED");
    expect(next.starts).toEqual([]);
  });
});

describe("an execution that ended in an earlier process", () => {
  const endOne = async () => {
    const before = await leave();
    before.second.resolve();
    return before.ended();
  };

  test("is described as before, without a history", async () => {
    const described = await endOne();
    const { executions, describeRun } = await live();
    executions.resume();
    expect(await describeRun()).toEqual(described);
    expect(await executions.answer("GetExecutionHistory", { executionArn: arn })).toEqual({ events: [] });
  });

  test("keeps its name", async () => {
    await endOne();
    const { executions } = await live();
    await expect(executions.answer("StartExecution", startBody)).rejects.toMatchObject({
      code: "ExecutionAlreadyExists",
    });
  });
});

describe("a journal that cannot be written", () => {
  test("refuses the start", async () => {
    const { executions, starts, describeRun } = await live();
    await rm(directory, { recursive: true });
    await expect(executions.answer("StartExecution", startBody)).rejects.toThrow("cannot write the start: ENOENT");
    await expect(describeRun()).rejects.toMatchObject({ code: "ExecutionDoesNotExist" });
    expect(starts).toEqual([]);
  });

  test("fails the execution, and the cause says so", async () => {
    const { second, ended } = await leave();
    await rm(directory, { recursive: true });
    second.resolve();
    expect(await ended()).toMatchObject({
      status: "FAILED",
      error: "Phase21.JournalFailed",
      cause: expect.stringContaining("ENOENT") as string,
    });
  });

  test("fails an execution whose end alone is not kept", async () => {
    const executions = new Executions(
      [machine],
      async () => {
        await rm(directory, { recursive: true });
        return { status: "SUCCEEDED", output: null, history: [] };
      },
      await openJournals(directory),
    );
    await executions.answer("StartExecution", startBody);
    await executions.stop();
    expect(await executions.answer("DescribeExecution", { executionArn: arn })).toMatchObject({
      status: "FAILED",
      error: "Phase21.JournalFailed",
      cause: expect.stringContaining("cannot write the end: ENOENT") as string,
    });
  });
});
