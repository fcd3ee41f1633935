import { assignTasks } from "../domain/assign.ts";
import { assignableAgent, MAX_ROUNDS } from "../domain/dispatch.ts";
import { DispatchFailedError } from "../domain/errors.ts";
import type { BatchContext } from "../domain/execution.ts";
import type { AttemptStore, Clock, FleetState, FleetStore, Log, ObjectStore, RunStore } from "../domain/ports.ts";
import type { RunItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import { allOf } from "./all-of.ts";
import { haltOf, waitFor, waitOf } from "./hold-wave.ts";
import { readRun } from "./measure-wave.ts";
import { type Halt, readCandidates } from "./read-candidates.ts";
import { createFigures, createRecordSink, type RecordSink, withdrawFigures, writeFigures } from "./record-sink.ts";
import { findManifests, settlePass } from "./settle-pass.ts";
import { freeOwnLeases, reserveLoads } from "./wave-leases.ts";
import { withWriters } from "./with-writers.ts";
import { type PassFiles, writeAssignments } from "./write-assignments.ts";

export interface AssignWaveInput {
  /** What the state before gave: the wave's start (pass 0), or the pass that was just dispatched. */
  readonly previous: {
    readonly run_id: string;
    readonly wave: number;
    readonly pass: number;
    /** Absent at the wave's start. */
    readonly assigned?: number;
    readonly manifest_key?: string;
    /** The dispatch broke off with this error; no manifest came of it. */
    readonly dispatch_error?: string;
    /** How often in a row. */
    readonly dispatch_failures?: number;
    /** ISO 8601: the start that the pass waits for; the wait is cut into pieces, so that a cancelled run does not sit it out. */
    readonly resume_at?: string;
  };
}

export interface AssignWavePorts {
  readonly clock: Pick<Clock, "now">;
  readonly objects: ObjectStore;
  readonly fleet: Pick<FleetStore, "read" | "putLeases" | "deleteLeases">;
  readonly runs: Pick<RunStore, "read" | "readWaves" | "readCursor" | "putCursor" | "readControl" | "readSpent">;
  readonly attempts: Pick<AttemptStore, "list">;
  readonly log: Log;
}

/** What the state machine carries on: counters and keys. */
export interface AssignWaveOutput {
  readonly run_id: string;
  readonly wave: number;
  readonly pass: number;
  readonly assigned: number;
  readonly assignments_key: string;
  readonly results_prefix: string;
  /** Children at a time. */
  readonly dispatch_concurrency: number;
  readonly batch: BatchContext;
  /** Dispatches of the wave that broke off in a row, up to this one; absent where the last one did not. */
  readonly dispatch_failures?: number;
  /** ISO 8601: only tasks with a later `not_before` are left, and from this time on the next of them may start. */
  readonly resume_at?: string;
  /** ISO 8601: when to call the step again; not later than `resume_at`. */
  readonly wait_until?: string;
}

/** The same once more, after a wait: the run is paused, or what it waits for is still to come. */
type Waiting = AssignWaveInput["previous"] & { readonly wait_until: string };

/**
 * Settles the pass before, asks the strategy who takes what is pending, reserves the agents' load and writes the assignments of the
 * next pass. Nothing assigned and nothing to wait for means that every task of the wave has its terminal record.
 *
 * @throws DispatchFailedError when the wave could not be dispatched several times in a row
 */
export const assignWave = async (
  { previous }: AssignWaveInput,
  ports: AssignWavePorts,
): Promise<AssignWaveOutput | Waiting> => {
  const { run_id, wave } = previous;
  const pass = previous.pass + 1;
  const [run, control] = await Promise.all([readRun(run_id, ports.runs), ports.runs.readControl(run_id)]);
  const { config } = run;
  if (failuresOf(previous) >= MAX_DISPATCH_FAILURES) throw new DispatchFailedError(String(previous.dispatch_error));
  const now = ports.clock.now();
  const wait = waitOf(previous, control, now, config.wave_concurrency);
  if (wait !== undefined) return { ...previous, wait_until: new Date(wait).toISOString() };
  const halt = await haltOf(run, control, ports);
  const at = runKeys(run_id);
  const figures = createFigures();
  // Each in any case: what an earlier try of this very step may have assigned, a salvage would take for a pass that was dispatched.
  const keys = [at.records(wave, pass), at.assignments(wave, pass), at.deferred(wave, pass)] as const;
  const assigned = await withWriters(ports.objects, keys, async ([writer, assignments, deferred]) => {
    const records = createRecordSink(writer, figures);
    const [pending, fleet] = await allOf([
      settlePrevious(previous, config, records, ports),
      freeOwnLeases(run, wave, now, ports.fleet),
      withdrawFigures(ports.objects, at.figures(wave, pass)),
    ]);
    if (pending === 0) {
      ports.log.info("wave ended", { run_id, wave });
      return { count: 0 };
    }
    const files = { records, assignments, deferred };
    return assignPending(run, { wave, pass, fleet, ...(halt !== undefined && { halt }) }, files, ports);
  });
  await writeFigures(ports.objects, at.figures(wave, pass), figures);
  return {
    run_id,
    wave,
    pass,
    assigned: assigned.count,
    assignments_key: at.assignments(wave, pass),
    results_prefix: at.results(wave, pass),
    dispatch_concurrency: config.dispatch_concurrency,
    batch: batchContext(run, wave, pass, ports.clock.now()),
    ...(failuresOf(previous) > 0 && { dispatch_failures: failuresOf(previous) }),
    ...(assigned.waitUntil !== undefined && waitFor(assigned.waitUntil, ports.clock.now(), config.wave_concurrency)),
  };
};

/** Gives the number of tasks that are pending for the next pass; undefined at the wave's start. */
const settlePrevious = async (
  previous: AssignWaveInput["previous"],
  { max_passes }: RunItem["config"],
  records: RecordSink,
  ports: AssignWavePorts,
): Promise<number | undefined> => {
  if (previous.pass === 0) return undefined;
  const assigned = previous.assigned ?? Number.POSITIVE_INFINITY;
  const broken = failuresOf(previous) > 0;
  const last = previous.pass >= MAX_ROUNDS;
  const manifest_keys = await manifestsOf(previous, ports.objects);
  return settlePass({ ...previous, manifest_keys, broken, assigned, max_passes, last }, records, ports);
};

/** Dispatches that may break off one after the other, each followed by a longer wait. */
const MAX_DISPATCH_FAILURES = 4;

const failuresOf = ({ dispatch_error, dispatch_failures = 1 }: AssignWaveInput["previous"]): number =>
  dispatch_error === undefined ? 0 : dispatch_failures;

/** Where the children's results stand; those of a dispatch that broke off are looked for. */
const manifestsOf = async (
  { run_id, wave, pass, manifest_key, dispatch_error }: AssignWaveInput["previous"],
  objects: ObjectStore,
): Promise<readonly string[]> => {
  if (dispatch_error !== undefined) return findManifests({ run_id, wave, pass }, objects);
  return manifest_key === undefined ? [] : [manifest_key];
};

interface Assigned {
  readonly count: number;
  /** Epoch ms; only where nothing was assigned because everything has a later `not_before`. */
  readonly waitUntil?: number;
}

interface PassStart {
  readonly wave: number;
  readonly pass: number;
  readonly fleet: FleetState;
  readonly halt?: Halt;
}

const assignPending = async (
  run: RunItem,
  { wave, pass, fleet, halt }: PassStart,
  files: PassFiles,
  ports: AssignWavePorts,
): Promise<Assigned> => {
  const { run_id, config } = run;
  const now = ports.clock.now();
  const [candidates, cursor] = await allOf([
    readCandidates({ run_id, wave, pass, now, ...(halt !== undefined && { halt }) }, ports),
    readCursor(run, wave, pass, ports),
  ]);
  const plan = assignTasks({
    strategy: config.strategy,
    tasks: candidates.tasks,
    agents: fleet.agents.map((agent) => assignableAgent(agent, now, config.cooldown_seconds)),
    cursor,
  });
  await allOf([
    reserveLoads(run, { wave, pass, now, agents: fleet.agents, plan }, ports.fleet),
    writeAssignments({ run_id, wave, pass, candidates, plan, agents: fleet.agents }, files, ports.objects),
  ]);
  if (config.strategy === "ROUND_ROBIN") await ports.runs.putCursor(run_id, wave, pass, plan.cursor);
  ports.log.info("wave assigned", {
    run_id,
    wave,
    pass,
    assigned: plan.order.length,
    unassigned: plan.unassigned.length,
    waiting: candidates.waiting,
  });
  const { nextStart } = candidates;
  const waits = plan.order.length === 0 && nextStart !== undefined;
  return { count: plan.order.length, ...(waits && { waitUntil: nextStart }) };
};

const batchContext = (
  { run_id, started_at, config }: RunItem,
  wave: number,
  pass: number,
  assignedAt: number,
): BatchContext => ({
  run_id,
  wave,
  pass,
  started_at,
  fleet: config.fleet,
  seed: config.seed,
  retry_strategy: config.retry_strategy,
  max_retries: config.max_retries,
  task_timeout_seconds: config.task_timeout_seconds,
  assigned_at: assignedAt,
  ...(config.budget !== undefined && { budget: config.budget }),
  ...(config.safety_gate !== undefined && { safety_gate: config.safety_gate }),
});

const readCursor = async (run: RunItem, wave: number, pass: number, { runs }: AssignWavePorts): Promise<number> =>
  run.config.strategy === "ROUND_ROBIN" ? runs.readCursor(run.run_id, wave, pass) : 0;
