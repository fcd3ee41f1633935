import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { takeInFiles } from "../lib/cli/dry-run-intake.ts";
import { assignTasks } from "../lib/domain/assign.ts";
import { assignableAgent, assignableTask } from "../lib/domain/dispatch.ts";
import { parseFleet } from "../lib/domain/fleet.ts";
import { planWaves } from "../lib/domain/plan.ts";
import type { Figures } from "./benchmark.ts";
import { writePredictions } from "./predictions.ts";

const WAVES = 5;

const agentsOf = (count: number) =>
  parseFleet(
    JSON.stringify({ agents: Array.from({ length: count }, (_, index) => ({ id: `agent_${index}` })) }),
  ).agents.map((agent) =>
    assignableAgent({ ...agent, online: true, completed_tasks: 0, failed_tasks: 0, current_load: 0 }, 0, 60),
  );

/**
 * Reads a file of predictions, checks every line, plans the waves and gives each task its agent by LOAD_BALANCED: what a dry run
 * does before it prints. Nothing is written.
 */
export const benchPlan = async (tasks: number, agents: number): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-bench-"));
  try {
    const file = await writePredictions(folder, tasks);
    const fleet = agentsOf(agents);
    const begin = performance.now();
    const intake = await takeInFiles(file, undefined);
    const taken = performance.now();
    const plan = planWaves(intake.items, { numWaves: WAVES, waveConcurrency: 1, maxPasses: 2 });
    const planned = performance.now();
    for (const { wave } of plan.waves) {
      const inWave = intake.items.flatMap((_, index) =>
        plan.waveOf[index] === wave
          ? [assignableTask({ task: intake.taskAt(index), wave, weight: intake.weights[index]! })]
          : [],
      );
      assignTasks({ strategy: "LOAD_BALANCED", tasks: inWave, agents: fleet });
    }
    const assigned = performance.now();
    return {
      seconds: (assigned - begin) / 1_000,
      take_in_seconds: (taken - begin) / 1_000,
      plan_seconds: (planned - taken) / 1_000,
      assign_seconds: (assigned - planned) / 1_000,
      peak_rss_megabytes: process.resourceUsage().maxRSS / 1_024,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
