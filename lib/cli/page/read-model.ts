import type { TaskRecord } from "../../domain/record.ts";
import { runKeys } from "../../domain/run-keys.ts";
import { tellStory } from "../../domain/task-story.ts";
import type { RunRecords } from "../run-records.ts";
import type { Stack } from "../stack.ts";
import { findTaskFacts } from "../task-records.ts";
import { UsageError } from "../usage-error.ts";
import type { KnownRuns } from "./known-runs.ts";
import { hasEnded, type RunRow, type RunView, type TaskView } from "./page-model.ts";
import { findRecords } from "./run-objects.ts";
import { type RunWatch, watchRun } from "./run-watch.ts";
import type { SharedLook } from "./share-look.ts";

/** What the page reads of a stack. A run, agent or task that there is not reads as undefined. */
export interface ReadModel {
  readRuns(): Promise<readonly RunRow[]>;
  readRun(runId: string): Promise<RunView | undefined>;
  /** The last failures of an agent in a run. */
  readAgentFailures(run: RunView, agentId: string): Promise<readonly TaskRecord[]>;
  readTask(run: RunView, taskId: string): Promise<TaskView | undefined>;
}

/** Runs of which it is kept what was read; more hardly anybody looks at. */
const MAX_WATCHES = 20;

/** The records of a run, as the commands that tell of it read them. */
const recordsOf = (stack: Stack, { id: runId, run: item }: RunView): RunRecords => ({
  runId,
  place: `runs/${runId}`,
  folder: undefined,
  read: (file) => stack.objects.read(runKeys(runId).output(file)),
  stack,
  item,
});

/** Watches each run once, the latest ones that were asked for. */
const createWatches = (watch: (runId: string) => RunWatch) => {
  const watches = new Map<string, RunWatch>();
  return (runId: string): RunWatch => {
    const found = watches.get(runId) ?? watch(runId);
    watches.delete(runId);
    watches.set(runId, found);
    const [oldest] = watches.keys();
    if (watches.size > MAX_WATCHES && oldest !== undefined) watches.delete(oldest);
    return found;
  };
};

/** Reads a stack for the page: once for all who look, and what cannot change any more once only. */
export const createReadModel = (stack: Stack, known: KnownRuns, options: SharedLook): ReadModel => {
  const ended = new Map<string, RunRow>();
  const failuresOf = new WeakMap<RunView["digest"], Map<string, readonly TaskRecord[]>>();
  const watchOf = createWatches((runId) => watchRun(stack, runId, { ...options, isKnown: () => known.has(runId) }));

  return {
    readRuns: async () => {
      const rows: RunRow[] = [];
      for (const id of known.list().toReversed()) {
        const row = ended.get(id) ?? (await watchOf(id).readRow());
        if (row === undefined) continue;
        if (hasEnded(row)) ended.set(id, row);
        rows.push(row);
      }
      return rows;
    },

    readRun: (id) => watchOf(id).readView(),

    readAgentFailures: async ({ id, digest }, agentId) => {
      const cache = failuresOf.get(digest) ?? new Map<string, readonly TaskRecord[]>();
      failuresOf.set(digest, cache);
      const failures =
        cache.get(agentId) ??
        (await findRecords(stack.objects, id, {
          waves: digest.waves.filter(({ failed }) => failed > 0).toReversed(),
          withPlan: false,
          text: JSON.stringify(agentId),
          fits: ({ status, agent_id }) => status === "FAILED" && agent_id === agentId,
          most: 20,
        }));
      cache.set(agentId, failures);
      return failures;
    },

    readTask: async (run, taskId) => {
      try {
        const facts = await findTaskFacts(recordsOf(stack, run), taskId);
        return { story: tellStory(facts), payload: facts.planned?.task.payload ?? null };
      } catch (error) {
        // There is no such task.
        if (error instanceof UsageError) return undefined;
        throw error;
      }
    },
  };
};
