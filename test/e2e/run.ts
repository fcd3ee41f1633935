import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";

import { downloadOutputs } from "../../lib/cli/download-outputs.ts";
import { createFunctionLogs, withEmbeddedStack } from "../../lib/cli/embedded.ts";
import type { Stack } from "../../lib/cli/stack.ts";
import { followRun } from "../../lib/cli/follow-run.ts";
import { uploadInbox } from "../../lib/cli/upload-inbox.ts";
import { parseRunConfig } from "../../lib/domain/config-file.ts";
import { parseFleet } from "../../lib/domain/fleet.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import type { Rejection } from "../../lib/domain/rejection.ts";
import { targetPhases, type Signal } from "../../lib/domain/signal.ts";
import type { MetricsSummary, SystemHealth } from "../../lib/domain/summary.ts";

const signal = new AbortController().signal;

/** Runs `use` on an embedded cloud of its own. */
export const withStack = <Result>(timeScale: number, use: (stack: Stack) => Promise<Result>): Promise<Result> =>
  withEmbeddedStack({ timeScale, logs: createFunctionLogs(), signal }, use);

/** What a run is made of; texts as their files would hold them. */
export interface RunInputs {
  readonly predictions: string | Uint8Array;
  readonly schedule?: string;
  readonly config?: object;
  readonly agents?: object;
}

/** A finished run: its files, parsed. */
export interface FinishedRun {
  readonly runId: string;
  readonly records: readonly TaskRecord[];
  readonly signals: readonly Signal[];
  readonly backup: readonly Signal[];
  readonly rejected: readonly Rejection[];
  readonly summary: MetricsSummary;
  readonly health: SystemHealth;
  readonly report: string;
}

const parseLines = <Value>(text: string): readonly Value[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Value);

/** JSON Lines of some values. */
export const jsonLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** Takes a predictions file through the whole pipeline, as the command line does. */
export const runToEnd = async (stack: Stack, inputs: RunInputs): Promise<FinishedRun> => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-e2e-"));
  const predictions = join(folder, "predictions.jsonl");
  await writeFile(predictions, inputs.predictions);
  if (inputs.agents !== undefined) await stack.fleet.apply(parseFleet(JSON.stringify(inputs.agents)));
  const runId = await uploadInbox(stack, {
    predictions,
    configText: JSON.stringify(parseRunConfig(JSON.stringify(inputs.config ?? {}))),
    fleetText: JSON.stringify(inputs.agents ?? {}),
    ...(inputs.schedule !== undefined && { schedule: new TextEncoder().encode(inputs.schedule) }),
  });
  await followRun(stack, runId, { planned: () => {}, waveScored: () => {} }, signal);
  const out = join(folder, "out");
  await downloadOutputs(stack, runId, out);
  const read = (file: string) => readFile(join(out, file), "utf8");
  return {
    runId,
    records: parseLines(await read("results.jsonl")),
    signals: parseLines(await read("learning_signals.jsonl")),
    backup: JSON.parse(await read("learning_signals.backup.json")) as readonly Signal[],
    rejected: parseLines(await read("rejected.jsonl")),
    summary: JSON.parse(await read("metrics_summary.json")) as MetricsSummary,
    health: JSON.parse(await read("system_health.json")) as SystemHealth,
    report: await read("execution_report.md"),
  };
};

/** Empties the queues of all phases. */
export const drainQueues = async ({ clients, outputs }: Stack): Promise<readonly Signal[]> => {
  const signals: Signal[] = [];
  for (const phase of targetPhases)
    signals.push(...(await drainQueue(clients.sqs, outputs[`Phase${phase}QueueUrl`] ?? "")));
  return signals;
};

const drainQueue = async (sqs: SQSClient, QueueUrl: string): Promise<readonly Signal[]> => {
  const signals: Signal[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return signals;
    for (const { Body = "[]" } of Messages) signals.push(...(JSON.parse(Body) as Signal[]));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
};
