import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";

import { createFunctionLogs, withEmbeddedStack } from "../lib/cli/embedded.ts";
import type { Stack } from "../lib/cli/stack.ts";
import { followRun } from "../lib/cli/follow-run.ts";
import { uploadInbox } from "../lib/cli/upload-inbox.ts";
import { parseRunConfig } from "../lib/domain/config-file.ts";
import { parseFleet } from "../lib/domain/fleet.ts";
import { runKeys } from "../lib/domain/run-keys.ts";
import { readTextLines } from "../lib/steps/read-json-lines.ts";
import type { Figures } from "./benchmark.ts";
import { writePredictions } from "./predictions.ts";

/** Waits of the deployed unit of 1 s take about a millisecond. */
const TIME_SCALE = 0.001;

const AGENTS = 8;

/** Runs of this size go before the one that is measured: the threads then run compiled code, as those of a long run do. */
const WARM_UP_TASKS = 20_000;
const WARM_UPS = 2;

const signal = new AbortController().signal;
const nobody = { planned: () => {}, waveScored: () => {} };

const peakMegabytes = (): number => process.resourceUsage().maxRSS / 1_024;

/** Runs a file of predictions to its end and says how long it took. @throws Error when no signal arrived */
const runOnce = async (
  stack: Stack,
  predictions: string,
  config: object,
): Promise<{ runId: string; seconds: number; cpuSeconds: number }> => {
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const configText = JSON.stringify(parseRunConfig(JSON.stringify(config)));
  const runId = await uploadInbox(stack, { predictions, configText, fleetText: "" });
  await followRun(stack, runId, nobody, signal);
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const { Messages = [] } = await stack.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: stack.outputs["Phase18QueueUrl"], VisibilityTimeout: 0 }),
  );
  if (Messages.length === 0) throw new Error("expected signals in the queue of phase 18, received none");
  return { runId, seconds, cpuSeconds: (user + system) / 1e6 };
};

/**
 * Takes sample predictions through the whole pipeline, from the upload to the finished run: eight simulated agents that fail 8 % of
 * their attempts, two signals a task in the queues. The first run of the process is what a newcomer sees; the measured one comes
 * after the warm-ups.
 */
export const benchEndToEnd = async (tasks: number): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-bench-"));
  try {
    const predictions = await writePredictions(folder, tasks);
    const warmUp = tasks === WARM_UP_TASKS ? predictions : await writePredictions(folder, WARM_UP_TASKS);
    const agents = Array.from({ length: AGENTS }, (_, index) => ({ id: `agent_${index}` }));
    return await withEmbeddedStack({ timeScale: TIME_SCALE, logs: createFunctionLogs(), signal }, async (stack) => {
      await stack.fleet.apply(parseFleet(JSON.stringify({ agents })));
      const first = await runOnce(stack, warmUp, { seed: 1 });
      const peakOfFirst = peakMegabytes();
      for (let seed = 2; seed <= WARM_UPS; seed += 1) await runOnce(stack, warmUp, { seed });
      const measured = await runOnce(stack, predictions, { seed: WARM_UPS + 1 });
      return {
        tasks_per_second: tasks / measured.seconds,
        seconds: measured.seconds,
        cpu_microseconds_per_task: (measured.cpuSeconds * 1e6) / tasks,
        first_20k_tasks_per_second: WARM_UP_TASKS / first.seconds,
        // The later runs find the objects of the ones before still in the emulators' memory.
        peak_rss_of_first_20k_megabytes: peakOfFirst,
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Makes sure that every task has one terminal record. @throws Error when one has none, or more */
const checkRecords = async ({ objects }: Stack, runId: string, tasks: number): Promise<void> => {
  const ids = new Set<string>();
  let records = 0;
  for await (const lines of readTextLines(objects, runKeys(runId).output("results.jsonl"))) {
    records += lines.length;
    for (const line of lines) ids.add((JSON.parse(line) as { readonly task_id: string }).task_id);
  }
  if (records === tasks && ids.size === tasks) return;
  throw new Error(`expected a record for each of ${tasks} tasks, received ${records} of ${ids.size} tasks`);
};

/** Takes one large run through the pipeline in a fresh process, in five waves. */
export const benchLargeRun = async (tasks: number): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-bench-"));
  try {
    const predictions = await writePredictions(folder, tasks);
    const agents = Array.from({ length: AGENTS }, (_, index) => ({ id: `agent_${index}` }));
    return await withEmbeddedStack({ timeScale: TIME_SCALE, logs: createFunctionLogs(), signal }, async (stack) => {
      await stack.fleet.apply(parseFleet(JSON.stringify({ agents })));
      const { runId, seconds, cpuSeconds } = await runOnce(stack, predictions, { seed: 1, num_waves: 5 });
      const peak = peakMegabytes();
      await checkRecords(stack, runId, tasks);
      return {
        tasks_per_second: tasks / seconds,
        seconds,
        cpu_microseconds_per_task: (cpuSeconds * 1e6) / tasks,
        // With all objects of the run in the emulators' memory.
        peak_rss_megabytes: peak,
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
