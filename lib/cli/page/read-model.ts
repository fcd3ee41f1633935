import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";

import { viewAgent } from "../../domain/agent.ts";
import type { TaskRecord } from "../../domain/record.ts";
import type { Rejection } from "../../domain/rejection.ts";
import type { RunCounts, RunItem, WaveItem } from "../../domain/run-item.ts";
import { runKeys } from "../../domain/run-keys.ts";
import type { RunPlan } from "../../domain/run-plan.ts";
import type { MetricsSummary, SystemHealth } from "../../domain/summary.ts";
import type { Stack } from "../embedded.ts";
import { describeRun } from "../execution-status.ts";
import type { KnownRuns } from "./known-runs.ts";
import { explainEnd } from "./explain-end.ts";
import {
  type AgentRow,
  hasEnded,
  type RunRow,
  type RunStatus,
  type RunView,
  SHOWN_FAILURES,
  type TaskView,
} from "./page-model.ts";
import { findRecords, findTask, readRejections } from "./run-objects.ts";

/** What the page reads of a stack. A run, agent or task that there is not reads as undefined. */
export interface ReadModel {
  readRuns(): Promise<readonly RunRow[]>;
  readRun(runId: string): Promise<RunView | undefined>;
  /** The last failures of an agent in a run. */
  readAgentFailures(run: RunView, agentId: string): Promise<readonly TaskRecord[]>;
  readTask(run: RunView, taskId: string): Promise<TaskView | undefined>;
}

const SHOWN_REJECTIONS = 20;

const statusOf = (
  execution: DescribeExecutionOutput | undefined,
  run: RunItem | undefined,
  control: string,
): RunStatus => {
  const status = execution?.status ?? (run?.status === "RUNNING" ? "FAILED" : run?.status);
  if (status === undefined) return "STARTING";
  if (status === "SUCCEEDED" || status === "FINISHED") return "FINISHED";
  if (status !== "RUNNING") return "FAILED";
  if (run === undefined) return "STARTING";
  return control === "PAUSED" ? "PAUSED" : control === "CANCELLED" ? "CANCELLING" : "RUNNING";
};

const sumCounts = (waves: readonly WaveItem[], setAside: number): RunCounts => {
  const sum = (key: "tasks" | "completed" | "failed" | "blocked" | "skipped") =>
    waves.reduce((total, wave) => total + wave[key], 0);
  return {
    total: sum("tasks") + setAside,
    completed: sum("completed"),
    failed: sum("failed"),
    blocked: sum("blocked") + setAside,
    skipped: sum("skipped"),
  };
};

const readJson = async <Value>({ objects }: Stack, key: string): Promise<Value | undefined> => {
  const text = await objects.readText(key);
  return text === undefined ? undefined : (JSON.parse(text) as Value);
};

const readAgents = async ({ fleet }: Stack, run: RunItem | undefined): Promise<readonly AgentRow[]> => {
  if (run === undefined) return [];
  const { agents, leases } = await fleet.read(run.config.fleet, Date.now());
  const own = Map.groupBy(
    leases.filter(({ runId }) => runId === run.run_id),
    ({ agentId }) => agentId,
  );
  return agents.map((agent) => ({
    ...viewAgent(agent),
    id: agent.id,
    capacity: agent.capacity,
    capabilities: agent.capabilities,
    kind: agent.endpoint.kind,
    offline: agent.online ? undefined : { since: agent.offline_since ?? "", reason: agent.offline_reason ?? "unknown" },
    leases: own.get(agent.id) ?? [],
  }));
};

const isFailure = ({ status }: TaskRecord): boolean => status !== "COMPLETED";

/** The first failures of a run, read on with each wave that ends and never twice. */
const createFailures = ({ objects }: Stack, runId: string) => {
  const found: TaskRecord[] = [];
  const seen = new Set<number>();
  let pending: Promise<unknown> = Promise.resolve();
  const readOn = async (ended: readonly WaveItem[]): Promise<readonly TaskRecord[]> => {
    const waves = ended.filter(({ wave }) => !seen.has(wave));
    const withPlan = !seen.has(0);
    const most = SHOWN_FAILURES - found.length;
    for (const wave of [0, ...waves.map((item) => item.wave)]) seen.add(wave);
    const failed = waves.filter(({ tasks, completed }) => completed < tasks);
    if (most > 0 && (withPlan || failed.length > 0)) {
      const search = { waves: failed, withPlan, text: '"status":"', fits: isFailure, most };
      found.push(...(await findRecords(objects, runId, search)));
    }
    return [...found];
  };
  return (ended: readonly WaveItem[]): Promise<readonly TaskRecord[]> => {
    const next = pending.then(() => readOn(ended));
    pending = next.catch(() => {});
    return next;
  };
};

/** What is asked of a run once. */
interface RunCache {
  readonly failures: (waves: readonly WaveItem[]) => Promise<readonly TaskRecord[]>;
  plan?: RunPlan | undefined;
  rejections?: readonly Rejection[];
}

/** Reads a stack for the page, what cannot change any more once only. */
export const createReadModel = (stack: Stack, known: KnownRuns): ReadModel => {
  const { runs, objects } = stack;
  const ended = new Map<string, RunRow>();
  const caches = new Map<string, RunCache>();
  const cacheOf = (runId: string): RunCache => {
    const cache = caches.get(runId) ?? { failures: createFailures(stack, runId) };
    caches.delete(runId);
    caches.set(runId, cache);
    const [oldest] = caches.keys();
    if (caches.size > 20 && oldest !== undefined) caches.delete(oldest);
    return cache;
  };

  const readRow = async (id: string) => {
    const [execution, run, waves] = await Promise.all([describeRun(stack, id), runs.read(id), runs.readWaves(id)]);
    if (execution === undefined && run === undefined && !known.has(id)) return undefined;
    const control = execution?.status === "RUNNING" && run !== undefined ? await runs.readControl(id) : undefined;
    const cache = cacheOf(id);
    if (run !== undefined) cache.plan ??= await readJson<RunPlan>(stack, runKeys(id).plan);
    const last = waves.at(-1);
    const row: RunRow = {
      id,
      status: statusOf(execution, run, control?.state ?? "RUN"),
      run,
      counts: sumCounts(waves, cache.plan?.set_aside ?? 0),
      health: run?.health ?? (last && { score: last.health_score, status: last.health_status }),
    };
    if (hasEnded(row)) ended.set(id, row);
    return { row, waves, execution, cache };
  };

  return {
    readRuns: async () => {
      const rows: RunRow[] = [];
      for (const id of known.list().toReversed()) {
        const row = ended.get(id) ?? (await readRow(id))?.row;
        if (row !== undefined) rows.push(row);
      }
      return rows;
    },

    readRun: async (id) => {
      const read = await readRow(id);
      if (read === undefined) return undefined;
      const { row, waves, execution, cache } = read;
      if (row.run !== undefined && row.run.rejected_lines > 0) {
        cache.rejections ??= await readRejections(objects, id, SHOWN_REJECTIONS);
      }
      const over = hasEnded(row);
      const keys = runKeys(id);
      const health = over ? await readJson<SystemHealth>(stack, keys.output("system_health.json")) : undefined;
      return {
        ...row,
        plan: cache.plan,
        waves,
        agents: await readAgents(stack, row.run),
        components: health?.components ?? waves.at(-1)?.components,
        error: row.status === "FAILED" ? explainEnd(execution) : undefined,
        failures: row.run === undefined ? [] : await cache.failures(waves),
        rejections: cache.rejections ?? [],
        summary: over ? await readJson<MetricsSummary>(stack, keys.output("metrics_summary.json")) : undefined,
      };
    },

    readAgentFailures: ({ id, waves }, agentId) =>
      findRecords(objects, id, {
        waves: waves.filter(({ failed }) => failed > 0).toReversed(),
        withPlan: false,
        text: JSON.stringify(agentId),
        fits: ({ status, agent_id }) => status === "FAILED" && agent_id === agentId,
        most: 20,
      }),

    readTask: async ({ id, waves, plan }, taskId) => {
      const search = { text: JSON.stringify(taskId), fits: (record: TaskRecord) => record.task_id === taskId, most: 1 };
      const [record] = await findRecords(objects, id, { ...search, waves, withPlan: true });
      const numbers = plan?.waves.map(({ wave }) => wave) ?? [];
      const candidates = typeof record?.wave === "number" ? numbers.filter((wave) => wave === record.wave) : numbers;
      const planned = await findTask(objects, id, taskId, candidates);
      if (record === undefined && planned === undefined) return undefined;
      return { wave: planned?.wave ?? record?.wave ?? undefined, task: planned?.task, record };
    },
  };
};
