import { randomUUID } from "node:crypto";
import type { JsonValue } from "../../domain/json.ts";
import type { Clock } from "./clock.ts";
import type { Resources } from "./definition.ts";
import { InvalidDefinitionError, Stopped } from "./errors.ts";
import type { ExecutionContext, ExecutionFrame, ExecutionMeter, Run } from "./frame.ts";
import { HistoryBranch, inputDetails, outputDetails } from "./history.ts";
import type { HistoryEvent } from "./history.ts";
import { createIntrinsicFunctions } from "./intrinsic-functions.ts";
import { JournalPlace } from "./journal.ts";
import type { Journal } from "./journal.ts";
import { loadStateMachine } from "./load.ts";
import type { MapRun } from "./map-run.ts";
import { runProgram } from "./run-program.ts";
import { runToEnd } from "./run-to-end.ts";
import type { ExecutionEnd } from "./run-to-end.ts";

/** What an execution works with. */
export interface ExecuteOptions {
  /**
   * By ARN, every resource that the definition names. `s3:getObject` answers `{ Body }`, a string or an async iterable of
   * bytes; `s3:putObject` gets `{ Bucket, Key, Body }`, where Body is a string or an async iterable of bytes.
   */
  readonly resources: Resources;
  readonly clock: Clock;
  /** What `$states.context` says of the execution; what is missing gets a value of the usual form. */
  readonly context?: {
    readonly Execution?: Partial<Omit<ExecutionContext["Execution"], "Input">>;
    readonly StateMachine?: Partial<ExecutionContext["StateMachine"]>;
  };
  /** Aborts the execution: what runs is told by its own signal, nothing new starts. */
  readonly signal?: AbortSignal;
  /** For jitter and `$random()`: 0..1, 1 excluded. */
  readonly random?: () => number;
  /** For names, ARNs and `$uuid()`. */
  readonly newId?: () => string;
  /** false keeps no events, for speed. */
  readonly keepHistory?: boolean;
  /** What an execution that was cut off had done; it goes on from there, given the same definition, input and context. */
  readonly journal?: Journal | undefined;
  /** Told what AWS bills. @default nobody is told */
  readonly meter?: ExecutionMeter;
  /** Told of each Map Run that begins, which tells from then on how far it has come. */
  readonly onMapRun?: (mapRun: MapRun) => void;
}

/** How an execution ended, with its events in AWS's order. Children of a Distributed Map have none. */
export interface ExecutionResult extends ExecutionEnd {
  readonly history: readonly HistoryEvent[];
}

const completeContext = (
  input: JsonValue,
  { context, clock, newId = randomUUID }: ExecuteOptions,
): ExecutionContext => {
  const name = context?.StateMachine?.Name ?? "StateMachine";
  const execution = context?.Execution?.Name ?? newId();
  const StateMachine = {
    Id: `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`,
    Name: name,
    ...context?.StateMachine,
  };
  return {
    Execution: {
      Id: `${StateMachine.Id.replace(":stateMachine:", ":execution:")}:${execution}`,
      Name: execution,
      RoleArn: "arn:aws:iam::000000000000:role/StateMachineRole",
      StartTime: new Date(clock.now()).toISOString(),
      RedriveCount: 0,
      ...context?.Execution,
      Input: input,
    },
    StateMachine,
  };
};

const recordEnd = (history: HistoryBranch, { status, output, error, cause }: ExecutionEnd): void => {
  const failure = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  switch (status) {
    case "SUCCEEDED":
      history.record("ExecutionSucceeded", () => ({ executionSucceededEventDetails: outputDetails(output ?? null) }));
      break;
    case "FAILED":
      history.record("ExecutionFailed", () => ({ executionFailedEventDetails: failure }));
      break;
    case "TIMED_OUT":
      history.record("ExecutionTimedOut", () => ({ executionTimedOutEventDetails: failure }));
      break;
    case "ABORTED":
      history.record("ExecutionAborted", () => ({ executionAbortedEventDetails: failure }));
  }
};

const ignore = (): void => {};

const noMeter: ExecutionMeter = { transition: ignore, child: ignore, taskMs: (measured) => measured };

const createRun = ({
  resources,
  clock,
  random = Math.random,
  newId = randomUUID,
  meter = noMeter,
  onMapRun = ignore,
}: ExecuteOptions): Run => ({
  meter,
  onMapRun,
  resources,
  clock,
  random,
  newId,
  functions: createIntrinsicFunctions({ now: () => clock.now(), random, newId }),
  runProgram,
});

/**
 * Runs a state machine (parsed ASL, JSONata) on an input to its end, as Step Functions would.
 * @throws {InvalidDefinitionError} before anything runs, where the definition is invalid, holds what is not supported, or
 * names a resource that is not given
 */
export const execute = async (
  definition: object,
  input: JsonValue,
  options: ExecuteOptions,
): Promise<ExecutionResult> => {
  const machine = loadStateMachine(definition);
  for (const resource of machine.resources) {
    if (!Object.hasOwn(options.resources, resource))
      throw new InvalidDefinitionError(`no resource is given for ${resource}`);
  }
  const run = createRun(options);
  const context = completeContext(input, options);
  const history = HistoryBranch.start(() => run.clock.now(), options.keepHistory ?? true);
  const caller = new AbortController();
  const abort = () => caller.abort(new Stopped("caller"));
  if (options.signal?.aborted === true) abort();
  options.signal?.addEventListener("abort", abort, { once: true });
  const place = options.journal && JournalPlace.of(options.journal);
  const frame: ExecutionFrame = { run, signal: caller.signal, history, context, place, elapsed: undefined };
  run.meter.transition();
  history.record("ExecutionStarted", () => ({
    executionStartedEventDetails: { ...inputDetails(input), roleArn: context.Execution.RoleArn },
  }));
  try {
    const end = await runToEnd(machine, frame, machine.timeoutSeconds);
    recordEnd(history, end);
    return { ...end, history: history.events };
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
};
