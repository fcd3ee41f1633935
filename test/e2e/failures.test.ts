import { describe, expect, test } from "vitest";

import type { TaskRecord } from "../../lib/domain/record.ts";
import { jsonLines, runToEnd, withStack } from "./run.ts";

const certain = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ task_id: `t${index}`, success_rate: 1 }));
const simulated = (more: object) => ({ kind: "simulated", transient_rate: 0, ...more });

/** Milliseconds between the end of each attempt and the start of the next. */
const gapsOf = ({ attempt_log }: TaskRecord, pass: number): readonly number[] => {
  const attempts = attempt_log.filter((entry) => entry.pass === pass);
  return attempts.slice(1).map(({ started_at }, index) => {
    const before = attempts[index]!;
    return Date.parse(started_at) - Date.parse(before.started_at) - before.duration_ms;
  });
};

describe("an agent that hangs on every task", () => {
  test("is OFFLINE after at most ten time-outs, and its tasks complete elsewhere", { timeout: 60_000 }, async () => {
    await withStack(0.001, async (stack) => {
      const run = await runToEnd(stack, {
        predictions: jsonLines(certain(400)),
        config: { task_timeout_seconds: 1 },
        agents: {
          agents: [
            { id: "dead", capacity: 100, endpoint: simulated({ hang_rate: 1 }) },
            ...["a", "b", "c"].map((id) => ({ id, capacity: 100, endpoint: simulated({}) })),
          ],
        },
      });
      expect(run.summary.tasks).toMatchObject({ total: 400, completed: 400 });
      expect(run.health.agents["dead"]).toMatchObject({ status: "OFFLINE", completed_tasks: 0 });
      const timeouts = run.records
        .flatMap(({ attempt_log }) => attempt_log)
        .filter(({ agent_id }) => agent_id === "dead");
      expect(timeouts.length).toBeGreaterThan(0);
      expect(timeouts.length).toBeLessThanOrEqual(10);
    });
  });
});

describe("an agent that crashes the executor on every task", () => {
  test("loses no task: each goes to another agent", async () => {
    await withStack(0.001, async (stack) => {
      const run = await runToEnd(stack, {
        predictions: jsonLines(certain(40)),
        agents: {
          agents: [
            { id: "bomb", endpoint: simulated({ crash_rate: 1 }) },
            { id: "calm", endpoint: simulated({}) },
          ],
        },
      });
      expect(run.summary.tasks).toMatchObject({ total: 40, completed: 40 });
      const bombed = run.records.filter(({ passes }) => passes === 2);
      expect(bombed).toHaveLength(21);
      for (const { attempt_log } of bombed)
        expect(attempt_log.map(({ agent_id }) => agent_id)).toEqual(["bomb", "calm"]);
    });
  });
});

describe("with --time-scale 0.1", () => {
  test.each([
    { retry_strategy: "EXPONENTIAL_BACKOFF", waits: [100, 200, 400, 800, 1600] },
    { retry_strategy: "LINEAR_BACKOFF", waits: [100, 200, 300, 400, 500] },
  ])(
    "$retry_strategy really waits $waits ms between attempts",
    { timeout: 60_000 },
    async ({ retry_strategy, waits }) => {
      await withStack(0.1, async (stack) => {
        const run = await runToEnd(stack, {
          predictions: jsonLines(certain(1)),
          config: { retry_strategy, max_passes: 1 },
          agents: { agents: [{ id: "flaky", endpoint: simulated({ transient_rate: 1 }) }] },
        });
        const [record] = run.records;
        expect(record).toMatchObject({ status: "FAILED", reason: "retries_exhausted", attempts: 6, passes: 1 });
        const gaps = gapsOf(record!, 1);
        // A wait may be longer on a busy machine; it is never shorter than the table says, but for the clock's own millisecond.
        for (const [index, wait] of waits.entries()) expect(gaps[index]).toBeGreaterThanOrEqual(wait - 2);
        expect(gaps).toHaveLength(waits.length);
      });
    },
  );
});

describe("two runs of which both need the same exclusive resource", () => {
  test("wait for nobody's lock for ever: every task ends, and none overlaps another", { timeout: 60_000 }, async () => {
    await withStack(0.001, async (stack) => {
      const tasks = (name: string) =>
        jsonLines(
          certain(4).map(({ task_id }) => ({ task_id: `${name}-${task_id}`, success_rate: 1, resources: ["lab"] })),
        );
      const agents = {
        agents: [
          { id: "slow", endpoint: simulated({ latency_ms: 20 }) },
          { id: "slow2", endpoint: simulated({ latency_ms: 20 }) },
        ],
      };
      const runs = await Promise.all(
        ["one", "two"].map((name) => runToEnd(stack, { predictions: tasks(name), agents, config: { max_passes: 10 } })),
      );
      const spans = runs
        .flatMap(({ records }) => records)
        .flatMap(({ attempt_log }) =>
          attempt_log.map(({ started_at, duration_ms }) => ({
            from: Date.parse(started_at),
            to: Date.parse(started_at) + duration_ms,
          })),
        )
        .toSorted((a, b) => a.from - b.from);
      for (const [index, span] of spans.slice(1).entries())
        expect(span.from).toBeGreaterThanOrEqual(spans[index]!.to - 1);
      for (const { records } of runs) expect(records).toHaveLength(4);
    });
  });
});
