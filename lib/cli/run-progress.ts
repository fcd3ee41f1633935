import { DescribeMapRunCommand, ListMapRunsCommand, type MapRunItemCounts } from "@aws-sdk/client-sfn";

import { viewAgent } from "../domain/agent.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { RunPlan } from "../domain/run-plan.ts";
import { executionArnOf } from "./execution-status.ts";
import type { Stack } from "./stack.ts";

/** Between two looks, in ms: an embedded cloud shares the machine with what is looked at, and eyes are no faster. */
const LOOK_MS = 400;

/** The fleet changes slowly, and its leases are many items: it is read at every fifth look only. */
const LOOKS_PER_FLEET = 5;

/** Tasks that agents work on at a moment. */
interface PassProgress {
  /** From 1; undefined where several waves go on at a time. */
  readonly pass: number | undefined;
  /** Tasks of the pass that an agent has answered for, and how many there are as far as is known. */
  readonly done: number;
  readonly total: number;
}

/** Agents of the run's fleet at a moment. */
export interface FleetProgress {
  readonly agents: number;
  readonly busy: number;
  readonly offline: number;
}

/** How far a run has come. */
export interface RunProgress {
  /** Tasks that planning ended, which no wave has. */
  readonly setAside: number;
  /** The wave that goes on, or the first of several; undefined before the first look and after the last wave. */
  readonly wave: { readonly wave: number; readonly tasks: number } | undefined;
  /** undefined where nothing is dispatched at the moment, or where it cannot be told. */
  readonly pass: PassProgress | undefined;
  readonly fleet: FleetProgress | undefined;
}

const doneOf = ({ succeeded = 0, failed = 0, timedOut = 0, aborted = 0 }: MapRunItemCounts): number =>
  succeeded + failed + timedOut + aborted;

/** Asks Step Functions how far the dispatch has come: one request at a look, one more when a new pass has begun. */
const createPassReader = ({ clients: { sfn }, outputs }: Stack, { run_id, config }: RunItem) => {
  let current: { readonly mapRunArn: string | undefined; readonly pass: number | undefined } | undefined;
  const find = async (waves: readonly WaveItem[]) => {
    const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn: executionArnOf(outputs, run_id) }));
    const running = mapRuns.find(({ stopDate }) => stopDate === undefined);
    if (running === undefined) return undefined;
    const waveEnded = Math.max(0, ...waves.map(({ finished_at }) => Date.parse(finished_at)));
    const pass = mapRuns.filter(({ startDate }) => (startDate?.getTime() ?? 0) >= waveEnded).length;
    return { mapRunArn: running.mapRunArn, pass: config.wave_concurrency > 1 ? undefined : Math.max(1, pass) };
  };
  let ended = 0;
  return async (waves: readonly WaveItem[]): Promise<PassProgress | undefined> => {
    // A Map Run whose wave has ended tells nothing of the next one.
    if (waves.length !== ended) current = undefined;
    ended = waves.length;
    current ??= await find(waves);
    if (current === undefined) return undefined;
    const { pass, mapRunArn } = current;
    const { status, itemCounts } = await sfn.send(new DescribeMapRunCommand({ mapRunArn }));
    if (status !== "RUNNING") current = undefined;
    return itemCounts === undefined ? undefined : { pass, done: doneOf(itemCounts), total: itemCounts.total ?? 0 };
  };
};

const readFleet = async ({ fleet }: Stack, { config }: RunItem): Promise<FleetProgress> => {
  const { agents } = await fleet.read(config.fleet, Date.now());
  const statuses = agents.map((agent) => viewAgent(agent).status);
  return {
    agents: agents.length,
    busy: statuses.filter((status) => status === "BUSY").length,
    offline: statuses.filter((status) => status === "OFFLINE").length,
  };
};

const nothing = (): undefined => undefined;

/**
 * Reads how far a run has come, from few and small answers. What cannot be read is left out: a run does not fail because nobody can
 * watch it, such as where a user may not ask for Map Runs.
 */
export const createProgressReader = (stack: Stack, run: RunItem, now: () => number = Date.now) => {
  const readPass = createPassReader(stack, run);
  let plan: Pick<RunPlan, "set_aside" | "waves"> | undefined;
  let fleet: FleetProgress | undefined;
  let looks = 0;
  let latest: { readonly at: number; readonly waves: number; readonly progress: RunProgress } | undefined;
  const readPlan = async (): Promise<Pick<RunPlan, "set_aside" | "waves">> => {
    const text = await stack.objects.readText(runKeys(run.run_id).plan).catch(nothing);
    return text === undefined ? { set_aside: 0, waves: [] } : (JSON.parse(text) as RunPlan);
  };
  const look = async (waves: readonly WaveItem[]): Promise<RunProgress> => {
    plan ??= await readPlan();
    if (looks++ % LOOKS_PER_FLEET === 0) fleet = (await readFleet(stack, run).catch(nothing)) ?? fleet;
    const ended = new Set(waves.map(({ wave }) => wave));
    const wave = plan.waves.find(({ wave: number }) => !ended.has(number));
    return {
      setAside: plan.set_aside,
      wave,
      pass: wave === undefined ? undefined : await readPass(waves).catch(nothing),
      fleet,
    };
  };
  return async (waves: readonly WaveItem[]): Promise<RunProgress> => {
    const at = now();
    if (latest === undefined || latest.waves !== waves.length || at - latest.at >= LOOK_MS)
      latest = { at, waves: waves.length, progress: await look(waves) };
    return latest.progress;
  };
};
