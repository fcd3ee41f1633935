import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { uploadInbox } from "../lib/cli/upload-inbox.ts";
import { followRun } from "../lib/cli/follow-run.ts";
import { withEmbeddedStack, createFunctionLogs } from "../lib/cli/embedded.ts";
import { parseRunConfig } from "../lib/domain/config-file.ts";
import { parseFleet } from "../lib/domain/fleet.ts";
import { samplePrediction } from "../lib/domain/generate.ts";

/** Waits of the deployed unit of 1 s take about a millisecond. */
const TIME_SCALE = 0.001;

/** What one run of the whole pipeline took. */
export interface EndToEndResult {
  readonly name: "end_to_end";
  readonly tasks: number;
  readonly agents: number;
  readonly ready_seconds: number;
  /** From the upload to the finished run. */
  readonly run_seconds: number;
  readonly tasks_per_second: number;
  readonly cpu_microseconds_per_task: number;
  readonly peak_rss_megabytes: number;
}

/**
 * Runs `tasks` sample predictions on eight simulated agents that fail 8 % of their attempts, with two signals a task in the queues.
 */
export const benchEndToEnd = async (tasks: number): Promise<EndToEndResult> => {
  const directory = await mkdtemp(join(tmpdir(), "phase21-bench-"));
  const predictions = join(directory, "predictions.jsonl");
  const lines = Array.from({ length: tasks }, (_, index) => JSON.stringify(samplePrediction(index, 21)));
  await writeFile(predictions, `${lines.join("\n")}\n`);
  const fleet = parseFleet(
    JSON.stringify({ agents: Array.from({ length: 8 }, (_, index) => ({ id: `agent_${index}` })) }),
  );
  const startedAt = performance.now();
  const signal = new AbortController().signal;
  return withEmbeddedStack({ timeScale: TIME_SCALE, logs: createFunctionLogs(), signal }, async (stack) => {
    const ready = performance.now();
    await stack.fleet.apply(fleet);
    const cpuBefore = process.cpuUsage();
    const begin = performance.now();
    const runId = await uploadInbox(stack, {
      predictions,
      configText: JSON.stringify(parseRunConfig(undefined)),
      fleetText: "",
    });
    await followRun(stack, runId, { planned: () => {}, waveScored: () => {} }, signal);
    const seconds = (performance.now() - begin) / 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    return {
      name: "end_to_end",
      tasks,
      agents: 8,
      ready_seconds: (ready - startedAt) / 1_000,
      run_seconds: seconds,
      tasks_per_second: tasks / seconds,
      cpu_microseconds_per_task: (cpu.user + cpu.system) / tasks,
      peak_rss_megabytes: process.resourceUsage().maxRSS / 1_024,
    };
  });
};
