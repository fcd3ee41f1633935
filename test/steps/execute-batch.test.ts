import { describe, expect, test } from "vitest";

import { MAX_ERROR_BYTES } from "../../lib/domain/result-size.ts";
import { executeBatch } from "../../lib/steps/execute-batch.ts";
import { agent } from "../domain/report-builders.ts";
import { assignment, batchContext, RUN } from "./builders.ts";
import { answered, createExecutor, permanent, transient } from "./executor.ts";

const ids = ["a", "b", "c"];

/** An executor of agents that answer so, and what it makes of a batch of three tasks. */
const createBatch = async (...given: Parameters<typeof createExecutor>) => {
  const { ports, world, calls } = await createExecutor(...given);
  const queued: number[] = [];
  const run = () =>
    executeBatch(
      {
        batch: batchContext(),
        assignments: ids.map((id) => assignment(id)),
        child_started_at: new Date(world.clock.time).toISOString(),
      },
      ports,
      (milliseconds) => queued.push(milliseconds),
    );
  return { run, world, calls, queued };
};

describe("a batch", () => {
  test("whose tasks all end has their results, and nothing goes on", async () => {
    const { run, calls } = await createBatch([answered("done"), permanent]);
    const { ended, unended } = await run();
    expect(ended.map(({ task_id, outcome }) => [task_id, outcome])).toEqual([
      ["a", "completed"],
      ["b", "permanent"],
      ["c", "permanent"],
    ]);
    expect(unended).toEqual([]);
    expect(calls.map(({ request }) => request.attempt)).toEqual([1, 1, 1]);
  });

  test("hands on a task that is to be tried again, with what was thrown and the attempt, which costs no write", async () => {
    const { run, world } = await createBatch([answered(), transient, answered()]);
    const { ended, unended } = await run();
    expect(ended.map(({ task_id }) => task_id)).toEqual(["a", "c"]);
    expect(unended).toEqual([
      {
        assignment: assignment("b"),
        first_attempt: {
          error: { name: "Phase21.Exponential", message: "attempt 1: busy" },
          entry: expect.objectContaining({ pass: 1, attempt: 1, agent_id: "agent_0", error: "busy" }) as object,
        },
      },
    ]);
    expect(await world.attempts.list(RUN, "b")).toEqual([]);
  });

  test("hands on a task that a service failed, without an attempt and with what was thrown cut short", async () => {
    const fault = Object.assign(new Error("no ".repeat(400)), { name: "ThrottlingException" });
    const { run } = await createBatch([answered(), fault, answered()]);
    const { unended } = await run();
    const [{ first_attempt } = {}] = unended;
    expect(first_attempt).toEqual({
      error: { name: "ThrottlingException", message: expect.stringMatching(/^no no .*…$/u) as string },
    });
    expect(JSON.stringify(first_attempt?.error?.message).length).toBeLessThanOrEqual(MAX_ERROR_BYTES);
  });

  test.each([
    [new TypeError("no"), "TypeError: no"],
    ["a text" as unknown as Error, "Error: a text"],
  ])(
    "ends a task whose attempt broke off by what nobody retries, as if its executor had died of it",
    async (thrown, text) => {
      const { run, world } = await createBatch([answered(), () => thrown, answered()]);
      const { ended, unended } = await run();
      expect(unended).toEqual([]);
      expect(ended[1]).toMatchObject({
        task_id: "b",
        outcome: "executor_died",
        error: text,
        attempts: [{ pass: 1, attempt: 1, agent_id: "agent_0", error: text }],
      });
      expect(world.log.entries).toMatchObject([{ level: "warn", fields: { task_id: "b", error: text } }]);
    },
  );

  test("tells how long none of its tasks was attempted because others of the process were", async () => {
    const { run, queued } = await createBatch([answered()], [agent("agent_0")], 40);
    await run();
    // On the clock of the test each of the three sees all of their waits.
    expect(queued).toEqual([3 * 40]);
  });

  test("tells of no wait where there was none", async () => {
    const { run, queued } = await createBatch([answered()]);
    await run();
    expect(queued).toEqual([0]);
  });
});
