import { setTimeout as wait } from "node:timers/promises";

import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";

import type { RunControl } from "../domain/run-control.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";
import { describeRun, executionArnOf } from "./execution-status.ts";
import type { Pace } from "./pace.ts";
import { createProgressReader, type RunProgress } from "./run-progress.ts";
import type { Stack } from "./stack.ts";
import { RunFailedError } from "./usage-error.ts";

/** A pause is made by hand, so it is looked for at every fifth question only. */
const POLLS_PER_CONTROL = 5;

/** Told of a run as it goes on; each wave once, in the order in which they end. */
export interface RunObserver {
  planned(run: RunItem): void | Promise<void>;
  waveScored(wave: WaveItem): void;
  /** Told when the run pauses, goes on again or is cancelled. */
  controlled?(state: RunControl["state"]): void;
  /** Told at each look how far the run has come; asking for it costs a request a look. */
  progressed?(progress: RunProgress): void;
}

/** The message inside the cause that Step Functions gives of a Lambda's error, or the cause itself. */
export const explainCause = (cause: string): string => {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : cause;
  } catch {
    // The state machine cuts long causes, and so the JSON that they are.
    const [, message] = /"errorMessage":("(?:[^"\\]|\\.)*")/u.exec(cause) ?? [];
    return message === undefined ? cause : (JSON.parse(message) as string);
  }
};

/** Tells an observer what is new each time that it is called. */
const createReporter = (stack: Stack, runId: string, observer: RunObserver) => {
  const { runs } = stack;
  const seen = new Set<number>();
  let planned = false;
  let readProgress: ReturnType<typeof createProgressReader> | undefined;
  let state: RunControl["state"] = "RUN";
  let polls = 0;
  return async (): Promise<void> => {
    const run = planned ? undefined : await runs.read(runId);
    if (run !== undefined && run.status !== "FAILED") {
      planned = true;
      await observer.planned(run);
      if (observer.progressed !== undefined) readProgress = createProgressReader(stack, run);
    }
    if (!planned) return;
    const waves = await runs.readWaves(runId);
    for (const wave of waves) {
      if (!seen.has(wave.wave)) observer.waveScored(wave);
      seen.add(wave.wave);
    }
    if (readProgress !== undefined) observer.progressed?.(await readProgress(waves));
    if (observer.controlled === undefined || polls++ % POLLS_PER_CONTROL > 0) return;
    const control = await runs.readControl(runId);
    if (control.state !== state) observer.controlled(control.state);
    state = control.state;
  };
};

/** @throws RunFailedError when nothing started the run in time, or when it has ended otherwise than well */
const checkStatus = (
  runId: string,
  execution: DescribeExecutionOutput | undefined,
  waitedMs: number,
  { startWithinMs }: Pace,
): void => {
  if (execution === undefined) {
    if (waitedMs <= startWithinMs) return;
    throw new RunFailedError(
      `run ${runId}: expected the upload to start it within ${startWithinMs / 1_000} s, nothing did`,
    );
  }
  const { status = "failed", error = status, cause = "no cause given" } = execution;
  if (status === "SUCCEEDED" || status === "RUNNING") return;
  throw new RunFailedError(`run ${runId}: ${error}: ${explainCause(cause)}`);
};

/**
 * Waits until a run has finished.
 *
 * @throws RunFailedError when it did not, with its error in one line
 */
export const followRun = async (
  stack: Stack,
  runId: string,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<void> => {
  const report = createReporter(stack, runId, observer);
  const startedAt = Date.now();
  const over = new AbortController();
  const woken = AbortSignal.any([signal, over.signal]);
  let ended: Promise<void> | undefined;
  for (;;) {
    signal.throwIfAborted();
    ended ??= stack.executionEnded?.(executionArnOf(stack.outputs, runId))?.then(() => over.abort());
    const execution = await describeRun(stack, runId);
    if (execution !== undefined) await report();
    checkStatus(runId, execution, Date.now() - startedAt, stack.pace);
    if (execution?.status === "SUCCEEDED") return;
    // Cut short by the end of the run, or by the signal, whose reason is thrown next.
    await wait(stack.pace.pollMs(Date.now() - startedAt), undefined, { signal: woken }).catch(() => {});
  }
};
