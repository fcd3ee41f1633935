import { configWarnings, parseRunConfig } from "../domain/config-file.ts";
import { InputRejectedError, InvalidInputError, MissingObjectError } from "../domain/errors.ts";
import { defaultFleet } from "../domain/fleet.ts";
import type { EmptyFleet } from "../domain/function-environment.ts";
import { type Plan, planWaves } from "../domain/plan.ts";
import type { Clock, FleetStore, Log, ObjectStore, RunStore } from "../domain/ports.ts";
import { hashHex } from "../domain/random.ts";
import type { RunConfig } from "../domain/run-config.ts";
import type { RunInput } from "../domain/run-item.ts";
import type { TaskRecord } from "../domain/record.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { RunPlan } from "../domain/run-plan.ts";
import type { SetAside } from "../domain/set-aside.ts";
import { unexecutedRecord } from "../domain/settle.ts";
import type { Task } from "../domain/task.ts";
import { countRounds, type HeldBytes, planRounds } from "../domain/writing-rounds.ts";
import { HeldLines } from "./held-lines.ts";
import { createFigures, createRecordSink, type RecordSink, writeFigures } from "./record-sink.ts";
import { type Intake, type IntakeKeys, readAccepted, takeIn } from "./take-in.ts";
import { type WaveFiles, withWaveFiles } from "./wave-files.ts";
import { withWriters } from "./with-writers.ts";

export interface PlanWavesInput {
  readonly run_id: string;
  readonly object: RunInput;
  /** ISO 8601. */
  readonly started_at: string;
}

export interface PlanWavesPorts {
  readonly clock: Pick<Clock, "now">;
  readonly objects: ObjectStore;
  readonly fleet: Pick<FleetStore, "read" | "apply">;
  readonly runs: Pick<RunStore, "begin">;
  readonly log: Log;
  /** What becomes of a run whose fleet has no agents. */
  readonly emptyFleet: EmptyFleet;
}

/** What the state machine carries on: groups of waves that may run side by side. */
export interface PlanWavesOutput {
  readonly run_id: string;
  readonly wave_concurrency: number;
  readonly groups: readonly { readonly waves: readonly number[] }[];
}

/**
 * Reads a run's input, sets aside what cannot run, and writes the tasks of each wave. Predictions that are too long to hold are
 * read again for writing, and more than once where large waves lie across each other, so that of them only ids and numbers are held.
 *
 * @throws InvalidInputError when config.json breaks its schema, the fleet has no agents and none are simulated, or the predictions
 * are overwritten while they are read
 * @throws MissingObjectError when there are no predictions
 * @throws InputRejectedError when the run is strict and a line was rejected
 * @throws RunTooLargeError when the waves are too many or too large
 */
export const planRun = async (
  input: PlanWavesInput,
  ports: PlanWavesPorts,
  held?: HeldBytes,
): Promise<PlanWavesOutput> => {
  const { run_id, object } = input;
  const folder = object.key.slice(0, object.key.lastIndexOf("/"));
  const keys: IntakeKeys = {
    predictions: object.key,
    schedule: `${folder}/schedule.jsonl`,
    ...(object.version_id !== undefined && { predictionsVersion: object.version_id }),
  };
  const config = parseRunConfig(await ports.objects.readText(`${folder}/config.json`));
  for (const warning of configWarnings(config)) ports.log.warn(warning, { run_id });
  await ensureFleet(config, ports);

  const texts = new HeldLines();
  const intake = await withWriters(ports.objects, [runKeys(run_id).output("rejected.jsonl")], async ([rejected]) =>
    takeIn(ports.objects, keys, rejected, (task) => texts.addMade(() => JSON.stringify(task))),
  );
  if (
    intake.items.length === 0 &&
    (await ports.objects.read(keys.predictions, keys.predictionsVersion)) === undefined
  ) {
    throw new MissingObjectError(`${keys.predictions}: expected the uploaded predictions, received no object`);
  }
  if (config.strict && intake.rejected > 0) throw rejectedRun(intake.rejected);
  const plan = planWaves(intake.items, {
    numWaves: config.num_waves,
    waveConcurrency: config.wave_concurrency,
    maxPasses: config.max_passes,
  });
  const roundOf = planRounds(plan, intake.bytes, held);
  const readTexts: ReadTexts = (isWanted) => readAccepted(ports.objects, keys, { intake, held: texts }, isWanted);
  await writeWaves(run_id, readTexts, { intake, plan, roundOf }, ports);
  await ports.runs.begin({
    run_id,
    status: "RUNNING",
    config,
    config_hash: hashHex(JSON.stringify(config)),
    input: object,
    started_at: input.started_at,
    tasks: intake.items.length,
    waves: plan.waves.length,
    rejected_lines: intake.rejected,
  });
  ports.log.info("run planned", {
    run_id,
    tasks: intake.items.length,
    waves: plan.waves.length,
    rejected: intake.rejected,
  });
  return { run_id, wave_concurrency: config.wave_concurrency, groups: plan.groups.map((waves) => ({ waves })) };
};

const ensureFleet = async (config: RunConfig, ports: PlanWavesPorts): Promise<void> => {
  const { agents } = await ports.fleet.read(config.fleet, ports.clock.now());
  if (agents.length > 0) return;
  if (ports.emptyFleet === "refuse") {
    throw new InvalidInputError(`fleet ${config.fleet}: expected agents, it has none: name them with "agents apply"`);
  }
  ports.log.warn("the fleet has no agents: simulated ones take its place", { fleet: config.fleet });
  await ports.fleet.apply({ ...defaultFleet, fleet: config.fleet });
};

const rejectedRun = (rejected: number): InputRejectedError => {
  const lines = rejected === 1 ? "1 line was" : `${rejected} lines were`;
  return new InputRejectedError(`strict: expected no bad line, ${lines} rejected: see rejected.jsonl`);
};

/** Streams the texts of tasks, of those whose indices are wanted. */
type ReadTexts = (isWanted: (index: number) => boolean) => ReturnType<typeof readAccepted>;

interface PlannedTasks {
  readonly intake: Intake;
  readonly plan: Plan;
  /** By wave: in which of several readings of the tasks it is written. */
  readonly roundOf: ReadonlyMap<number, number>;
}

const writeWaves = async (
  runId: string,
  readTexts: ReadTexts,
  planned: PlannedTasks,
  { objects }: PlanWavesPorts,
): Promise<void> => {
  const { intake, plan, roundOf } = planned;
  const at = runKeys(runId);
  const figures = createFigures();
  // What is set aside stands in no wave.
  const roundOfTask = (index: number): number => roundOf.get(plan.waveOf[index]!) ?? 0;
  const rounds = countRounds(roundOf);
  const linesOf = new Map(plan.waves.map(({ wave, tasks }) => [wave, tasks]));
  await withWriters(objects, [at.planRecords], ([writer]) =>
    withWaveFiles(objects, { keyOf: at.tasks, linesOf }, async (files) => {
      const records = createRecordSink(writer, figures);
      for (let round = 0; round < rounds; round += 1) {
        const texts = readTexts((index) => roundOfTask(index) === round);
        await writeTasks(texts, planned, { files, records });
      }
    }),
  );
  await writeFigures(objects, at.planFigures, figures);
  const runPlan: RunPlan = {
    tasks: intake.items.length,
    set_aside: plan.setAside.size,
    waves: plan.waves.map(({ wave, tasks, dependsOnWaves }) => ({ wave, tasks, depends_on_waves: dependsOnWaves })),
  };
  await objects.writeText(at.plan, JSON.stringify(runPlan));
};

const writeTasks = async (
  texts: ReturnType<ReadTexts>,
  { intake, plan }: PlannedTasks,
  { files, records }: { readonly files: WaveFiles; readonly records: RecordSink },
): Promise<void> => {
  for await (const batch of texts) {
    for (const [index, text] of batch) {
      const wave = plan.waveOf[index]!;
      const setAside = plan.setAside.get(index);
      if (setAside !== undefined) await records.add(recordSetAside(JSON.parse(text) as Task, setAside));
      else await files.write(wave, plannedLine(text, wave, intake.weights[index]!));
    }
  }
};

/** A {@link PlannedTask} around the text of its task. */
const plannedLine = (task: string, wave: number, weight: number): string =>
  `{"task":${task},"wave":${wave},"weight":${weight}}\n`;

const recordSetAside = (task: Task, { reason, error }: SetAside): TaskRecord => {
  const status = reason === "dependency_failed" ? "SKIPPED" : "BLOCKED";
  return unexecutedRecord(task, { wave: task.wave ?? null, status, reason, error });
};
