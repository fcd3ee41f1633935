import type { JsonValue } from "../../domain/json.ts";
import type { Program } from "./definition.ts";
import { assertWithinLimit } from "./data-limit.ts";
import { StateFailure, Stopped } from "./errors.ts";
import { linkAbort } from "./frame.ts";
import type { ExecutionFrame } from "./frame.ts";

/** How an execution ended. */
export interface ExecutionEnd {
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  /** Of a SUCCEEDED one. */
  readonly output?: JsonValue;
  /** Of the others; a Fail state may leave out either. */
  readonly error?: string;
  readonly cause?: string;
}

const endOf = (error: unknown): ExecutionEnd => {
  if (error instanceof Stopped) {
    return error.by === "time limit" ? { status: "TIMED_OUT", error: "States.Timeout" } : { status: "ABORTED" };
  }
  if (!(error instanceof StateFailure)) throw error;
  return {
    status: "FAILED",
    ...(error.error === undefined ? {} : { error: error.error }),
    ...(error.causeText === undefined ? {} : { cause: error.causeText }),
  };
};

/**
 * Runs one execution within its time limit. It stops as soon as `frame.signal` aborts; whatever way it ends, nothing of it
 * runs on. @throws only what is a bug
 */
export const runToEnd = async (
  program: Program,
  frame: ExecutionFrame,
  timeoutSeconds: number | undefined,
): Promise<ExecutionEnd> => {
  const { run, context } = frame;
  const input = context.Execution.Input;
  const link = linkAbort(frame.signal);
  const cancelLimit =
    timeoutSeconds === undefined
      ? undefined
      : run.clock.timeout(timeoutSeconds * 1000, () => link.abort(new Stopped("time limit")));
  try {
    assertWithinLimit(input, "execution's input");
    const whole = { ...frame, signal: link.signal, mapItem: undefined, variables: {}, state: undefined };
    return { status: "SUCCEEDED", output: await run.runProgram(program, input, whole) };
  } catch (error) {
    return endOf(error);
  } finally {
    cancelLimit?.();
    link.unlink();
  }
};
