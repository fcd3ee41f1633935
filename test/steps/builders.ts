import type { AgentState } from "../../lib/domain/agent.ts";
import type { Assignment, BatchContext, ExecutionResult } from "../../lib/domain/execution.ts";
import type { Decision, TaskRecord } from "../../lib/domain/record.ts";
import type { EmptyFleet } from "../../lib/domain/function-environment.ts";
import type { RunConfig } from "../../lib/domain/run-config.ts";
import type { RunItem, WaveItem } from "../../lib/domain/run-item.ts";
import { runKeys } from "../../lib/domain/run-keys.ts";
import type { RunPlan } from "../../lib/domain/run-plan.ts";
import type { PlannedTask, Task } from "../../lib/domain/task.ts";
import { createFigures, writeFigures } from "../../lib/steps/record-sink.ts";
import { agent, attempt, config } from "../domain/report-builders.ts";
import { FakeFleetStore } from "./fake-fleet-store.ts";
import {
  createFakeMetrics,
  FakeAttemptStore,
  FakeClock,
  FakeLog,
  FakeObjectStore,
  FakeQueues,
  FakeRunStore,
} from "./fakes.ts";

export const RUN = "run-1";
export const at = runKeys(RUN);

/** A task that any agent may take. */
export const task = (id: string, changes: Partial<Task> = {}): Task => ({
  task_id: id,
  success_rate: 0.9,
  confidence: 0.9,
  priority: 50,
  capabilities: [],
  depends_on: [],
  resources: [],
  constraints: {},
  payload: null,
  ...changes,
});

/** The same as a line of the first wave. */
export const planned = (id: string, changes: Partial<Task> = {}): PlannedTask => ({
  task: task(id, changes),
  wave: 1,
  weight: 1,
});

export const decision: Decision = { strategy: "LOAD_BALANCED", load: 0, eligible: 2, passed_over: {} };

/** The task on its way to agent_0. */
export const assignment = (id: string, changes: Partial<Assignment> = {}): Assignment => ({
  ...planned(id),
  agent_id: "agent_0",
  decision,
  ...changes,
});

/** What agent_0 made of the task at its first attempt. */
export const result = (id: string, changes: Partial<ExecutionResult> = {}): ExecutionResult => ({
  task_id: id,
  agent_id: "agent_0",
  outcome: "completed",
  predicted_success_rate: 0.9,
  decision,
  attempts: [attempt()],
  ...changes,
});

/** A run that began at noon, on two agents. */
export const runItem = (changes: Partial<RunConfig> = {}): RunItem => ({
  run_id: RUN,
  status: "RUNNING",
  config: { ...config, ...changes },
  config_hash: "hash",
  input: { bucket: "bucket", key: "inbox/a/predictions.jsonl" },
  started_at: "2026-03-01T12:00:00.000Z",
  tasks: 2,
  waves: 1,
  rejected_lines: 0,
});

/** What the tasks of the first pass of the first wave share. */
export const batchContext = (changes: Partial<BatchContext> = {}): BatchContext => ({
  run_id: RUN,
  wave: 1,
  pass: 1,
  started_at: "2026-03-01T12:00:00.000Z",
  fleet: "default",
  seed: 21,
  retry_strategy: "EXPONENTIAL_BACKOFF",
  max_retries: 5,
  task_timeout_seconds: 30,
  assigned_at: Date.parse("2026-03-01T12:00:00.000Z"),
  ...changes,
});

/** A wave in which everything went well. */
export const waveItem = (wave: number, changes: Partial<WaveItem> = {}): WaveItem => ({
  wave,
  passes: 1,
  tasks: 2,
  completed: 2,
  failed: 0,
  blocked: 0,
  skipped: 0,
  attempts: 2,
  retries: 0,
  reassignments: 0,
  success_rate: 1,
  health_score: 98,
  health_status: "EXCELLENT",
  components: { success_rate: 1, availability: 1, accuracy: 0.9, load_balance: 1 },
  anomalies: [],
  online_agents: 2,
  agents: 2,
  signals: { by_type: {}, by_phase: {} },
  finished_at: "2026-03-01T12:01:00.000Z",
  ...changes,
});

/** Everything outside of a step, with agent_0 and agent_1 in the fleet; it fits the ports of every step. */
export const createWorld = (agents: readonly AgentState[] = [agent("agent_0"), agent("agent_1")]) => {
  const events: string[] = [];
  const metrics = createFakeMetrics();
  return {
    /** In which order objects appeared and messages left. */
    events,
    clock: new FakeClock(),
    objects: new FakeObjectStore(events),
    fleet: new FakeFleetStore(agents),
    runs: new FakeRunStore(),
    attempts: new FakeAttemptStore(),
    queues: new FakeQueues(events),
    log: new FakeLog(),
    metrics: metrics.calls,
    putMetrics: metrics.put,
    emptyFleet: "simulate" as EmptyFleet,
  };
};
export type World = ReturnType<typeof createWorld>;

/** A world whose run has begun and whose plan has a first wave of these tasks. */
export const createPlannedWorld = async (
  lines: readonly PlannedTask[],
  options: {
    readonly config?: Partial<RunConfig>;
    readonly agents?: readonly AgentState[];
    readonly waves?: RunPlan["waves"];
  } = {},
): Promise<World> => {
  const world = createWorld(options.agents);
  await world.runs.begin(runItem(options.config));
  const waves = options.waves ?? [{ wave: 1, tasks: lines.length, depends_on_waves: [] }];
  const plan: RunPlan = { tasks: lines.length, set_aside: 0, waves };
  world.objects.texts.set(at.plan, JSON.stringify(plan));
  world.objects.putLines(at.tasks(1), lines);
  return world;
};

/** Puts the results of a dispatched pass where the Distributed Map does, a file each; gives the manifest's key. */
export const putResults = (
  { objects }: Pick<World, "objects">,
  pass: number,
  ...files: readonly (readonly (ExecutionResult | readonly ExecutionResult[])[])[]
): string => {
  const folder = `${at.results(1, pass)}/map-run`;
  const keys = files.map((results, index) => {
    const Key = `${folder}/SUCCEEDED_${index}.json`;
    objects.putLines(Key, results);
    return { Key };
  });
  objects.texts.set(
    `${folder}/manifest.json`,
    JSON.stringify({ ResultFiles: { FAILED: [], PENDING: [], SUCCEEDED: keys } }),
  );
  return `${folder}/manifest.json`;
};

/** Puts the records that the start of a pass came to there, with their figures, as assignment does. */
export const putRecords = async (
  { objects }: Pick<World, "objects">,
  records: readonly TaskRecord[],
  pass: number,
  wave = 1,
): Promise<void> => {
  const figures = createFigures();
  for (const record of records) figures.addRecord(record);
  objects.putLines(at.records(wave, pass), records);
  await writeFigures(objects, at.figures(wave, pass), figures);
};
