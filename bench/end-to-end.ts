import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";

import { createFunctionLogs, type Stack, withEmbeddedStack } from "../lib/cli/embedded.ts";
import { followRun } from "../lib/cli/follow-run.ts";
import { uploadInbox } from "../lib/cli/upload-inbox.ts";
import { parseRunConfig } from "../lib/domain/config-file.ts";
import { parseFleet } from "../lib/domain/fleet.ts";
import { samplePrediction } from "../lib/domain/generate.ts";

/** Waits of the deployed unit of 1 s take about a millisecond. */
const TIME_SCALE = 0.001;

const AGENTS = 8;

/** What the pipeline took, from the upload to the finished run. */
export interface EndToEndResult {
  readonly name: "end_to_end";
  readonly tasks: number;
  readonly agents: number;
  /** Time until the embedded cloud took the first upload. */
  readonly ready_seconds: number;
  /** The first run of a fresh process, as a newcomer sees it. */
  readonly first_tasks_per_second: number;
  /** The second run of the process. */
  readonly tasks_per_second: number;
  readonly cpu_microseconds_per_task: number;
  /** Of the first run; the second one finds the objects of the first still in the emulators' memory. */
  readonly peak_rss_megabytes: number;
}

const signal = new AbortController().signal;
const nobody = { planned: () => {}, waveScored: () => {} };

/** Runs a file of predictions to its end and says how long it took. @throws Error when no signal arrived */
const runOnce = async (
  stack: Stack,
  predictions: string,
  seed: number,
): Promise<{ seconds: number; cpuSeconds: number }> => {
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const configText = JSON.stringify(parseRunConfig(JSON.stringify({ seed })));
  const runId = await uploadInbox(stack, { predictions, configText, fleetText: "" });
  await followRun(stack, runId, nobody, signal);
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const { Messages = [] } = await stack.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: stack.outputs["Phase18QueueUrl"], VisibilityTimeout: 0 }),
  );
  if (Messages.length === 0) throw new Error("expected signals in the queue of phase 18, received none");
  return { seconds, cpuSeconds: (user + system) / 1e6 };
};

/**
 * Takes `tasks` sample predictions through the whole pipeline, twice in one process: eight simulated agents that fail 8 % of their
 * attempts, two signals a task in the queues.
 */
export const benchEndToEnd = async (tasks: number): Promise<EndToEndResult> => {
  const predictions = join(await mkdtemp(join(tmpdir(), "phase21-bench-")), "predictions.jsonl");
  const lines = Array.from({ length: tasks }, (_, index) => JSON.stringify(samplePrediction(index, 21)));
  await writeFile(predictions, `${lines.join("\n")}\n`);
  const agents = Array.from({ length: AGENTS }, (_, index) => ({ id: `agent_${index}` }));
  const startedAt = performance.now();
  return withEmbeddedStack({ timeScale: TIME_SCALE, logs: createFunctionLogs(), signal }, async (stack) => {
    const readySeconds = (performance.now() - startedAt) / 1_000;
    await stack.fleet.apply(parseFleet(JSON.stringify({ agents })));
    const first = await runOnce(stack, predictions, 1);
    const peakOfFirst = process.resourceUsage().maxRSS / 1_024;
    const second = await runOnce(stack, predictions, 2);
    return {
      name: "end_to_end",
      tasks,
      agents: AGENTS,
      ready_seconds: readySeconds,
      first_tasks_per_second: tasks / first.seconds,
      tasks_per_second: tasks / second.seconds,
      cpu_microseconds_per_task: (second.cpuSeconds * 1e6) / tasks,
      peak_rss_megabytes: peakOfFirst,
    };
  });
};
