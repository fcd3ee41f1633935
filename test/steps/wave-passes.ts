import type { Assignment, ExecutionOutcome } from "../../lib/domain/execution.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { assignWave, type AssignWaveInput, type AssignWaveOutput } from "../../lib/steps/assign-wave.ts";
import { attempt } from "../domain/report-builders.ts";
import { at, planned, putResults, result, RUN, type World } from "./builders.ts";

/** The state machine's way into a wave. */
export const start: AssignWaveInput = { previous: { run_id: RUN, wave: 1, pass: 0 } };

/** Runs the step where there is something to do now. */
export const assignNow = async (input: AssignWaveInput, world: World): Promise<AssignWaveOutput> => {
  const output = await assignWave(input, world);
  if ("batch" in output) return output;
  throw new Error(`the step waits until ${output.wait_until}`);
};

export const tasks = (count: number) => Array.from({ length: count }, (_, index) => planned(`t${index}`));

export const assignedIn = (world: World, pass: number, wave = 1): Assignment[] =>
  world.objects.lines<Assignment>(at.assignments(wave, pass));

export const agentsOf = (assignments: readonly Assignment[]): string[] => assignments.map(({ agent_id }) => agent_id);

export const recordsOf = (world: World, pass: number): TaskRecord[] =>
  world.objects.lines<TaskRecord>(at.records(1, pass));

/** Dispatches a pass in which all tasks end alike, and assigns the next one. */
export const endPass = async (
  world: World,
  { pass }: AssignWaveOutput,
  outcome: ExecutionOutcome,
): Promise<AssignWaveOutput> => {
  const results = assignedIn(world, pass).map(({ task, agent_id }) =>
    result(task.task_id, { outcome, agent_id, error: "no", attempts: [attempt({ pass, agent_id, error: "no" })] }),
  );
  return assignNow({ previous: { run_id: RUN, wave: 1, pass, manifest_key: putResults(world, pass, results) } }, world);
};
