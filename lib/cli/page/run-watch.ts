import type { Rejection } from "../../domain/rejection.ts";
import type { RunItem, WaveItem } from "../../domain/run-item.ts";
import { runKeys } from "../../domain/run-keys.ts";
import type { RunPlan } from "../../domain/run-plan.ts";
import type { MetricsSummary, SystemHealth } from "../../domain/summary.ts";
import { describeRun } from "../execution-status.ts";
import { createProgressReader, type RunProgress } from "../run-progress.ts";
import type { Stack } from "../stack.ts";
import { explainEnd } from "./explain-end.ts";
import { hasEnded, type RunRow, type RunView } from "./page-model.ts";
import { createDigest } from "./run-digest.ts";
import { agentRows, readFleetAtMost } from "./run-fleet.ts";
import { readRejections } from "./run-objects.ts";
import { statusOf, sumCounts } from "./run-status.ts";
import { type SharedLook, shareLook } from "./share-look.ts";

const SHOWN_REJECTIONS = 20;
const noRejections: readonly Rejection[] = [];

/** How old a fleet may be that is shown while the run goes on, in ms. */
const FLEET_MS = 4_000;

export interface RunWatchOptions extends SharedLook {
  /** Whether somebody has told of the run. */
  readonly isKnown: () => boolean;
}

/** Reads a run for all who look at it; undefined where there is no such run. */
export interface RunWatch {
  readRow(): Promise<RunRow | undefined>;
  readView(): Promise<RunView | undefined>;
}

/** Reads once what cannot change any more, again as long as it is not there. */
const readOnce = <Value>(read: () => Promise<Value | undefined>): (() => Promise<Value | undefined>) => {
  let value: Value | undefined;
  return async () => (value ??= await read());
};

const jsonReader = <Value>({ objects }: Stack, key: string) =>
  readOnce(async () => {
    const text = await objects.readText(key);
    return text === undefined ? undefined : (JSON.parse(text) as Value);
  });

/** Counts the tasks that were answered for in the waves that go on: later passes try again what the first one has counted. */
const createAnsweredMeter = () => {
  let waves = 0;
  let most = 0;
  return (ended: readonly WaveItem[], { wave, pass }: Partial<RunProgress>): number => {
    if (ended.length !== waves) most = 0;
    waves = ended.length;
    most = Math.max(most, Math.min(pass?.done ?? 0, wave?.tasks ?? 0));
    return wave === undefined ? 0 : most;
  };
};

/** Reads the status and counts of a run, and what these come from. */
const createRowReader = (stack: Stack, id: string, { isKnown, now }: RunWatchOptions) => {
  const { runs } = stack;
  const fleet = readFleetAtMost(stack.fleet, now);
  const readPlan = readOnce(() => stack.objects.readText(runKeys(id).plan));
  const atHand = {
    ...stack,
    objects: { ...stack.objects, readText: readPlan },
    fleet: { ...stack.fleet, read: (name: string) => fleet(name, FLEET_MS) },
  };
  const countAnswered = createAnsweredMeter();
  let run: RunItem | undefined;
  let reader: { readonly waves: number; readonly read: ReturnType<typeof createProgressReader> } | undefined;
  return async () => {
    // First of all: what is read after the end is whole.
    const execution = await describeRun(stack, id);
    const goesOn = execution?.status === "RUNNING";
    // It is written when the run is planned and when it ends.
    if (run === undefined || !goesOn) run = await runs.read(id);
    if (execution === undefined && run === undefined && !isKnown()) return undefined;
    const [waves, control, plan] = await Promise.all([
      runs.readWaves(id),
      goesOn ? runs.readControl(id) : undefined,
      run === undefined ? undefined : readPlan(),
    ]);
    // A Map Run whose wave has ended has nothing to tell of the next one.
    if (run !== undefined && reader?.waves !== waves.length) {
      reader = { waves: waves.length, read: createProgressReader(atHand, run, now) };
    }
    const progress = goesOn ? await reader?.read(waves) : undefined;
    const setAside = plan === undefined ? 0 : (JSON.parse(plan) as RunPlan).set_aside;
    const last = waves.at(-1);
    const row: RunRow = {
      id,
      status: statusOf(execution, run, control?.state ?? "RUN"),
      run,
      counts: sumCounts(waves, setAside),
      health: run?.health ?? (last && { score: last.health_score, status: last.health_status }),
      answered: countAnswered(waves, progress ?? {}),
    };
    return { row, waves, execution, progress, fleet };
  };
};

/**
 * Watches a run. A look while it goes on is a few small answers of Step Functions and of the table, and no object of its waves; what
 * costs more follows rarely, or comes when the run has ended.
 */
export const watchRun = (stack: Stack, id: string, options: RunWatchOptions): RunWatch => {
  const readRow = shareLook(createRowReader(stack, id, options), options);
  const digest = createDigest(stack.objects, id, options.now);
  const rejections = readOnce(() => readRejections(stack.objects, id, SHOWN_REJECTIONS));
  const readHealth = jsonReader<SystemHealth>(stack, runKeys(id).output("system_health.json"));
  const readSummary = jsonReader<MetricsSummary>(stack, runKeys(id).output("metrics_summary.json"));
  const readView = async (): Promise<RunView | undefined> => {
    const read = await readRow();
    if (read === undefined) return undefined;
    const { row, waves, execution, progress, fleet } = read;
    const { run } = row;
    const isOver = hasEnded(row);
    const health = isOver ? await readHealth() : undefined;
    return {
      ...row,
      progress,
      waves,
      agents: run === undefined ? [] : agentRows(await fleet(run.config.fleet, isOver ? 0 : FLEET_MS), id),
      components: health?.components ?? waves.at(-1)?.components,
      error: row.status === "FAILED" ? explainEnd(execution) : undefined,
      digest: run === undefined ? { waves: [], failures: [] } : await digest(waves, isOver),
      rejections: (run?.rejected_lines ?? 0) > 0 ? ((await rejections()) ?? []) : noRejections,
      summary: isOver ? await readSummary() : undefined,
    };
  };
  return {
    readRow: async () => (await readRow())?.row,
    readView: shareLook(readView, options),
  };
};
