import { expect } from "vitest";

import type { Stack } from "../../lib/cli/stack.ts";
import { runKeys } from "../../lib/domain/run-keys.ts";
import type { TaskRecord, TerminalStatus } from "../../lib/domain/record.ts";
import type { Signal } from "../../lib/domain/signal.ts";
import type { FinishedRun } from "../e2e/run.ts";
import type { FaultyRun } from "./faulty-run.ts";

const idsOf = (signals: readonly Signal[]): readonly string[] => signals.map(({ signal_id }) => signal_id);
const uniqueSorted = (values: readonly string[]): readonly string[] => [...new Set(values)].toSorted();

const countStatus = (records: readonly TaskRecord[], status: TerminalStatus): number =>
  records.filter((record) => record.status === status).length;

const countReasons = (records: readonly TaskRecord[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { reason } of records) if (reason !== null) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
};

const checkRecords = (records: readonly TaskRecord[], taskIds: readonly string[]): void => {
  const ids = records.map(({ task_id }) => task_id);
  expect(ids.toSorted(), "one terminal record a task").toEqual(taskIds.toSorted());
  for (const { task_id, status, attempts, attempt_log } of records) {
    const succeeded = attempt_log.filter(({ error }) => error === undefined).length;
    expect(succeeded, `attempts of ${task_id} that succeeded`).toBe(status === "COMPLETED" ? 1 : 0);
    expect(attempt_log.length, `attempts of ${task_id}`).toBe(attempts);
    const places = attempt_log.map(({ pass, attempt }) => `${pass}/${attempt}`);
    expect(new Set(places).size, `attempts of ${task_id}: ${places.join(" ")}`).toBe(places.length);
  }
};

const checkSummary = ({ records, summary, runId }: FinishedRun): void => {
  expect(summary.run_id).toBe(runId);
  expect(summary.tasks, "the summary's tasks").toEqual({
    total: records.length,
    completed: countStatus(records, "COMPLETED"),
    failed: countStatus(records, "FAILED"),
    skipped: countStatus(records, "SKIPPED"),
    blocked: countStatus(records, "BLOCKED"),
    by_reason: countReasons(records),
  });
  expect(summary.attempts, "the summary's attempts").toBe(records.reduce((total, { attempts }) => total + attempts, 0));
};

const checkSignals = ({ signals, backup, summary }: FinishedRun, received: readonly Signal[]): void => {
  expect(uniqueSorted(idsOf(signals)).length, "ids in the ledger").toBe(signals.length);
  expect(backup, "the ledger's backup").toEqual(signals);
  expect(uniqueSorted(idsOf(received)), "ids that the queues gave").toEqual(uniqueSorted(idsOf(signals)));
  const sum = Object.values(summary.signals.by_type).reduce((total, count) => total + count, 0);
  expect(sum, "the summary's signals").toBe(signals.length);
};

const checkFleet = async (stack: Stack, fleet: string, records: readonly TaskRecord[]): Promise<void> => {
  const { agents, leases } = await stack.fleet.read(fleet, Date.now());
  expect(leases, "leases that are left").toEqual([]);
  for (const { id, current_load, completed_tasks, failed_tasks } of agents) {
    const own = records.filter(({ agent_id }) => agent_id === id);
    expect({ id, current_load, completed_tasks, failed_tasks }, "an agent's totals").toEqual({
      id,
      current_load: 0,
      completed_tasks: countStatus(own, "COMPLETED"),
      failed_tasks: countStatus(own, "FAILED"),
    });
  }
};

const checkWaves = async (stack: Stack, { runId, records }: FinishedRun): Promise<void> => {
  const planned = records.filter(({ reason }) => reason !== "cycle" && reason !== "unknown_dependency");
  for (const { wave, tasks, completed, failed, attempts } of await stack.runs.readWaves(runId)) {
    const own = planned.filter((record) => record.wave === wave);
    expect({ wave, tasks, completed, failed, attempts }, "a wave's totals").toEqual({
      wave,
      tasks: own.length,
      completed: countStatus(own, "COMPLETED"),
      failed: countStatus(own, "FAILED"),
      attempts: own.reduce((total, record) => total + record.attempts, 0),
    });
  }
};

/** What holds of every run that finished, whatever happened on its way; `received` is what the queues gave of it. */
export const checkFinished = async (
  stack: Stack,
  { fleet, taskIds }: FaultyRun,
  finished: FinishedRun,
  received: readonly Signal[],
): Promise<void> => {
  checkRecords(finished.records, taskIds);
  checkSummary(finished);
  checkSignals(finished, received);
  await checkFleet(stack, fleet, finished.records);
  await checkWaves(stack, finished);
  expect((await stack.runs.read(finished.runId))?.status).toBe("FINISHED");
};

/** A run that failed is on record as such, and each of its tasks has its one record all the same. */
export const checkFailed = async (stack: Stack, runId: string, { taskIds }: FaultyRun): Promise<void> => {
  const run = await stack.runs.read(runId);
  expect(run).toMatchObject({ run_id: runId, status: "FAILED" });
  const text = (await stack.objects.readText(runKeys(runId).output("results.jsonl"))) ?? "";
  const records = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TaskRecord);
  expect(records.map(({ task_id }) => task_id).toSorted(), "one record a task").toEqual(taskIds.toSorted());
};
