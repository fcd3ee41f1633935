import { strategies } from "../../lib/domain/run-config.ts";
import { randomFor } from "../../lib/domain/random.ts";
import { jsonLines, type RunInputs } from "../e2e/run.ts";

/** What a seeded run is. */
export interface FaultyRun {
  readonly title: string;
  readonly fleet: string;
  readonly taskIds: readonly string[];
  readonly inputs: RunInputs;
}

const agents = ["ada", "bob", "cyd", "dee"];

const predictionsOf = (seed: number, count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => {
    const draw = (what: string): number => randomFor(what, seed, index);
    const before = Math.floor(draw("before") * index);
    return {
      task_id: `t${index}`,
      success_rate: Math.round(draw("success") * 100) / 100,
      priority: Math.floor(draw("priority") * 101),
      ...(index > 0 && draw("depends") < 0.1 && { depends_on: [`t${before}`] }),
      ...(draw("exclusive") < 0.01 && { resources: ["lab"] }),
    };
  });

/** The run of a seed: 60 to 200 tasks, the strategies in turn, a fleet of its own. */
export const faultyRun = (seed: number): FaultyRun => {
  const tasks = predictionsOf(seed, 60 + Math.floor(randomFor("tasks", seed) * 141));
  const strategy = strategies[seed % strategies.length] ?? "LOAD_BALANCED";
  const fleet = `fleet-${seed}`;
  const endpoint = { kind: "simulated", transient_rate: 0.1, crash_rate: 0.01 };
  return {
    title: `seed ${seed}: ${tasks.length} tasks, ${strategy}`,
    fleet,
    taskIds: tasks.map((_, index) => `t${index}`),
    inputs: {
      predictions: jsonLines(tasks),
      config: {
        strategy,
        fleet,
        seed,
        num_waves: 3,
        wave_concurrency: 1 + (seed % 2),
        max_passes: 4,
        feedback: { phase_16: true, signals_per_message: 5 },
      },
      agents: { fleet, agents: agents.map((id) => ({ id, capacity: 20, endpoint })) },
    },
  };
};
