import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { samplePrediction } from "../../lib/domain/generate.ts";
import { retryStrategies, strategies } from "../../lib/domain/run-config.ts";
import { drainQueues, type FinishedRun, jsonLines, runToEnd, withStack } from "./run.ts";

const TASKS = 10_000;

const fleetOf = (agents: number) => ({
  agents: Array.from({ length: agents }, (_, index) => ({ id: `agent_${index}` })),
});
const ids = (signals: FinishedRun["signals"]): string[] => signals.map(({ signal_id }) => signal_id).toSorted();

const signalsByWave = (run: FinishedRun): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const { wave } of run.signals) counts.set(wave, (counts.get(wave) ?? 0) + 1);
  return counts;
};

describe.each(strategies)("10,000 tasks on eight agents by %s", (strategy) => {
  test.each(retryStrategies)(
    "with %s end in one terminal record each, and the queues receive what the ledger holds",
    { timeout: 120_000 },
    async (retry_strategy) => {
      await withStack(0.001, async (stack) => {
        const predictions = jsonLines(Array.from({ length: TASKS }, (_, index) => samplePrediction(index, 21)));
        const run = await runToEnd(stack, { predictions, config: { strategy, retry_strategy }, agents: fleetOf(8) });

        expect(run.records).toHaveLength(TASKS);
        expect(new Set(run.records.map(({ task_id }) => task_id)).size).toBe(TASKS);
        expect(run.summary.tasks.total).toBe(TASKS);
        for (const [wave, count] of signalsByWave(run)) {
          const executed = run.records.filter((record) => record.wave === wave && record.attempts > 0).length;
          expect({ wave, count }).toEqual({ wave, count: 2 * executed + 1 });
        }
        const ledger = ids(run.signals);
        expect(new Set(ledger).size).toBe(ledger.length);
        expect(ids(run.backup)).toEqual(ledger);
        expect(ids(await drainQueues(stack))).toEqual(ledger);
        expect(run.summary.retries > 0).toBe(retry_strategy !== "NO_RETRY");
      });
    },
  );
});

describe("the examples", () => {
  const example = (...path: string[]) => readFile(join(import.meta.dirname, "../../examples", ...path), "utf8");

  test.each([
    { name: "reference-1", agents: 4, completed: 58, tasks: 60, score: 95.67 },
    { name: "reference-2", agents: 6, completed: 48, tasks: 50, score: 94.87 },
    { name: "reference-3", agents: 8, completed: 46, tasks: 50, score: 93.2 },
  ])("$name has the health of SPEC H1: $completed of $tasks on $agents agents give $score", async (row) => {
    await withStack(0.001, async (stack) => {
      const run = await runToEnd(stack, {
        predictions: await example(row.name, "predictions.jsonl"),
        config: JSON.parse(await example(row.name, "config.json")) as object,
        agents: JSON.parse(await example(row.name, "agents.json")) as object,
      });
      expect(run.summary).toMatchObject({
        agents: row.agents,
        tasks: { total: row.tasks, completed: row.completed },
        health: { score: row.score, status: "EXCELLENT" },
      });
    });
  });

  test("predictions, schedule, agents and config run together", async () => {
    await withStack(0.001, async (stack) => {
      const run = await runToEnd(stack, {
        predictions: await example("predictions.jsonl"),
        schedule: await example("schedule.jsonl"),
        config: JSON.parse(await example("config.json")) as object,
        agents: JSON.parse(await example("agents.json")) as object,
      });
      expect(run.rejected).toEqual([]);
      expect(run.records).toHaveLength(64);
      const byId = new Map(run.records.map((record) => [record.task_id, record]));
      expect(byId.get("payments.audit")?.agent_id).toBe("scout");
      expect(byId.get("notify.changelog")?.wave).toBe(8);
      expect(run.summary.signals.by_phase["16"]).toBe(run.summary.waves);
    });
  });
});

describe("the same inputs, fleet and seed", () => {
  test("give the same outcomes, agents and signals, times aside", async () => {
    const predictions = jsonLines(Array.from({ length: 300 }, (_, index) => samplePrediction(index, 5)));
    const once = (seed: number) =>
      withStack(0.001, (stack) => runToEnd(stack, { predictions, config: { seed }, agents: fleetOf(3) }));
    const [first, second, other] = [await once(1), await once(1), await once(2)];
    const outcomes = (run: FinishedRun) =>
      run.records
        .map(({ task_id, wave, status, reason, agent_id, attempts }) =>
          JSON.stringify({ task_id, wave, status, reason, agent_id, attempts }),
        )
        .toSorted();
    const said = (run: FinishedRun) =>
      run.signals
        .map(({ timestamp: _timestamp, content, ...signal }) => {
          const { synchronization_time: _time, ...rest } = content as Record<string, unknown>;
          return JSON.stringify({ ...signal, content: rest });
        })
        .toSorted();
    expect(outcomes(second)).toEqual(outcomes(first));
    expect(said(second)).toEqual(said(first));
    expect(outcomes(other)).not.toEqual(outcomes(first));
  });
});
