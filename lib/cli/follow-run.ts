import { DescribeExecutionCommand, ExecutionDoesNotExist } from "@aws-sdk/client-sfn";

import type { RunItem, WaveItem } from "../domain/run-item.ts";
import type { Stack } from "./embedded.ts";
import { RunFailedError } from "./usage-error.ts";

/** How often the table is asked how a run goes. */
const POLL_MS = 150;

/** An upload that has started nothing after this time never will: the rule, or the function behind it, is broken. */
const START_LIMIT_MS = 60_000;

/** Told of a run as it goes on; each wave once, in the order in which they end. */
export interface RunObserver {
  planned(run: RunItem): void;
  waveScored(wave: WaveItem): void;
}

const executionArn = (stack: Stack, runId: string): string =>
  `${(stack.outputs["StateMachineArn"] ?? "").replace(":stateMachine:", ":execution:")}:${runId}`;

/** The message inside the cause that Step Functions gives of a Lambda's error, or the cause itself. */
const explainCause = (cause: string): string => {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : cause;
  } catch {
    // The state machine cuts long causes, and so the JSON that they are.
    const [, message] = /"errorMessage":("(?:[^"\\]|\\.)*")/u.exec(cause) ?? [];
    return message === undefined ? cause : (JSON.parse(message) as string);
  }
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
  const arn = executionArn(stack, runId);
  const startedAt = Date.now();
  const seen = new Set<number>();
  let planned = false;
  for (;;) {
    signal.throwIfAborted();
    const status = await describe(stack, arn);
    if (status === undefined && Date.now() - startedAt > START_LIMIT_MS) {
      throw new RunFailedError(
        `run ${runId}: expected the upload to start it within ${START_LIMIT_MS / 1_000} s, nothing did`,
      );
    }
    const run = planned || status === undefined ? undefined : await stack.runs.read(runId);
    if (run !== undefined && run.status !== "FAILED") {
      planned = true;
      observer.planned(run);
    }
    if (planned) {
      for (const wave of await stack.runs.readWaves(runId)) {
        if (!seen.has(wave.wave)) observer.waveScored(wave);
        seen.add(wave.wave);
      }
    }
    if (status?.status === "SUCCEEDED") return;
    if (status !== undefined && status.status !== "RUNNING") {
      throw new RunFailedError(
        `run ${runId}: ${status.error ?? status.status ?? "failed"}: ${explainCause(status.cause ?? "no cause given")}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

const describe = async (stack: Stack, executionArnOfRun: string) => {
  try {
    return await stack.clients.sfn.send(new DescribeExecutionCommand({ executionArn: executionArnOfRun }));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
};
