import { buildDependencyGraph, dependenciesOf, orderByDependencies } from "./dependency-graph.ts";
import type { DependencyGraph, Dependent } from "./dependency-graph.ts";
import { RunTooLargeError } from "./errors.ts";
import { createResourceCalendar } from "./resource-calendar.ts";
import { explainStuck } from "./set-aside.ts";
import type { SetAside } from "./set-aside.ts";
import { groupWaves } from "./wave-groups.ts";
import type { PlannedWave } from "./wave-groups.ts";

/** Most tasks of one wave: what the steps of a wave are sized for. */
export const MAX_TASKS_PER_WAVE = 250_000;

/** Events that a STANDARD execution's history may have; the execution fails at the next one. */
export const MAX_EVENTS = 25_000;

/** Of these, what waves may take; the others are for retries, waits and pauses. */
const EVENTS_OF_WAVES = 18_000;

/** Events of a wave, whose inline Map keeps them in the execution's history: of assigning and ending it, and of each pass. */
const EVENTS_PER_WAVE = 19;
const EVENTS_PER_PASS = 13;

/** Most waves of a run, at the default of two passes a wave. */
export const MAX_WAVES = 400;

/** Most waves of a run whose waves may have so many passes. */
export const mostWaves = (maxPasses: number): number =>
  Math.min(MAX_WAVES, Math.floor(EVENTS_OF_WAVES / (EVENTS_PER_WAVE + EVENTS_PER_PASS * maxPasses)));

/** Largest wave number that a line may ask for: far above `MAX_WAVES`, so that numbers may have gaps. */
export const MAX_WAVE_NUMBER = 1_000_000;

/** What planning needs of a task; small, because a run may have a million. Ids are unique. */
export interface PlanItem extends Dependent {
  /** The earliest wave, where the schedule or the line gives one; from 1. */
  readonly wave?: number;
  /** Exclusive ones: a wave holds no two tasks with the same. */
  readonly resources: readonly string[];
}

/** Where every task stands (SPEC W1). */
export interface Plan {
  /** By item index; 0 for items that are set aside. */
  readonly waveOf: Int32Array;
  /** By item index, ascending. */
  readonly setAside: ReadonlyMap<number, SetAside>;
  /** Ascending, without empty ones. */
  readonly waves: readonly PlannedWave[];
  /** Wave numbers that run side by side, group after group; a single group where waves run one at a time. */
  readonly groups: readonly (readonly number[])[];
}

/** The earliest wave of each item: its own, else equal parts in input order, the larger ones first. */
const dealWaves = (items: readonly PlanItem[], stuck: ReadonlySet<number>, numWaves: number): Int32Array => {
  const isDealt = (item: PlanItem, index: number): boolean => item.wave === undefined && !stuck.has(index);
  let dealt = 0;
  for (const [index, item] of items.entries()) if (isDealt(item, index)) dealt += 1;
  const part = Math.floor(dealt / numWaves);
  const largerParts = dealt % numWaves;
  let wave = 0;
  let room = 0;
  return Int32Array.from(items, (item, index) => {
    if (stuck.has(index)) return 0;
    if (item.wave !== undefined) return item.wave;
    if (room === 0) {
      wave += 1;
      room = wave <= largerParts ? part + 1 : part;
    }
    room -= 1;
    return wave;
  });
};

/** A wave while it fills. */
interface OpenWave {
  tasks: number;
  readonly dependsOn: Set<number>;
}

const openWave = (waves: Map<number, OpenWave>, wave: number, taskId: string, maxPasses: number): OpenWave => {
  const known = waves.get(wave);
  if (known !== undefined) return known;
  const most = mostWaves(maxPasses);
  if (waves.size === most) {
    throw new RunTooLargeError(
      `expected a run of at most ${most} waves at max_passes ${maxPasses}, received one more for task ${taskId}: split the input ` +
        "into more runs, shorten its chains of dependencies or share its resources among fewer tasks",
    );
  }
  const opened = { tasks: 0, dependsOn: new Set<number>() };
  waves.set(wave, opened);
  return opened;
};

/** Moves each item from its earliest wave to its final one, in place. */
const placeTasks = (
  items: readonly PlanItem[],
  order: readonly number[],
  graph: DependencyGraph,
  waveOf: Int32Array,
  maxPasses: number,
): PlannedWave[] => {
  const calendar = createResourceCalendar();
  const waves = new Map<number, OpenWave>();
  for (const index of order) {
    const { taskId, resources } = items[index] as PlanItem;
    const needed = dependenciesOf(graph, index).map((dependency) => waveOf[dependency] as number);
    const earliest = needed.reduce((first, wave) => Math.max(first, wave + 1), waveOf[index] as number);
    const wave = calendar.take(resources, earliest);
    waveOf[index] = wave;
    const open = openWave(waves, wave, taskId, maxPasses);
    open.tasks += 1;
    for (const before of needed) open.dependsOn.add(before);
  }
  const ascending = [...waves].toSorted(([a], [b]) => a - b);
  return ascending.map(([wave, { tasks, dependsOn }]) => ({
    wave,
    tasks,
    dependsOnWaves: [...dependsOn].toSorted((a, b) => a - b),
  }));
};

const checkWaveSizes = (waves: readonly PlannedWave[]): void => {
  const large = waves.find(({ tasks }) => tasks > MAX_TASKS_PER_WAVE);
  if (large === undefined) return;
  throw new RunTooLargeError(
    `expected at most ${MAX_TASKS_PER_WAVE} tasks a wave, received ${large.tasks} for wave ${large.wave}: ` +
      "raise num_waves or split the input into more runs",
  );
};

/**
 * Gives every task its wave (SPEC W1): the first one from its earliest that comes after all waves of its dependencies and in
 * which none of its resources is taken. Tasks that can never run are set aside with the reason.
 * @throws RunTooLargeError when the run needs more waves, or a wave more tasks, than one run may have
 */
export const planWaves = (
  items: readonly PlanItem[],
  options: { readonly numWaves: number; readonly waveConcurrency: number; readonly maxPasses: number },
): Plan => {
  const graph = buildDependencyGraph(items);
  const { order, stuck } = orderByDependencies(items.length, graph);
  const waveOf = dealWaves(items, new Set(stuck), options.numWaves);
  const waves = placeTasks(items, order, graph, waveOf, options.maxPasses);
  checkWaveSizes(waves);
  const oneByOne = waves.length === 0 ? [] : [waves.map(({ wave }) => wave)];
  const groups =
    options.waveConcurrency === 1
      ? oneByOne
      : groupWaves(
          waves,
          items.map(({ resources }) => resources),
          waveOf,
        );
  return { waveOf, setAside: explainStuck(items, stuck, graph), waves, groups };
};
