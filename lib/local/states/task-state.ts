import type { JsonValue } from "../../domain/json.ts";
import type { TaskState } from "./definition.ts";
import { assertWithinLimit } from "./data-limit.ts";
import { StateFailure, toStateFailure } from "./errors.ts";
import type { Frame, Visit } from "./frame.ts";
import { errorDetails, inputDetails, outputDetails } from "./history.ts";
import { attemptGuarded } from "./retry.ts";
import { takeTransition } from "./transition.ts";
import type { Outcome } from "./transition.ts";

/**
 * Calls a resource until it answers, its time is up or the frame is stopped, whichever comes first; the latter two abort the
 * signal that it was given and wait no longer. @throws {StateFailure} @throws {Stopped}
 */
export const callResource = (
  frame: Frame,
  resource: string,
  args: JsonValue,
  timeoutSeconds?: number,
): Promise<unknown> => {
  const { clock, resources } = frame.run;
  return new Promise((resolve, reject) => {
    frame.signal.throwIfAborted();
    // Made when it is asked for: most resources never do, and a controller for every task of a run is not free.
    let controller: AbortController | undefined;
    let stopped: { readonly reason: unknown } | undefined;
    const options = {
      get signal(): AbortSignal {
        if (controller === undefined) {
          controller = new AbortController();
          if (stopped !== undefined) controller.abort(stopped.reason);
        }
        return controller.signal;
      },
    };
    const stop = (reason: unknown) => {
      stopped = { reason };
      settle(() => reject(reason as Error));
      controller?.abort(reason);
    };
    const follow = () => stop(frame.signal.reason);
    const cancelLimit =
      timeoutSeconds === undefined
        ? undefined
        : clock.timeout(timeoutSeconds * 1000, () => stop(new StateFailure("States.Timeout")));
    const settle = (end: () => void) => {
      cancelLimit?.();
      frame.signal.removeEventListener("abort", follow);
      end();
    };
    frame.signal.addEventListener("abort", follow, { once: true });
    const call = async () => resources[resource]?.(args, options);
    call().then(
      (result) => settle(() => resolve(result)),
      (error: unknown) => settle(() => reject(toStateFailure(error))),
    );
  });
};

/** What becomes of an attempt, and the events that tell of it. */
type Stage = "Scheduled" | "Started" | "Succeeded" | "Failed" | "TimedOut";

/** Records an event of one attempt: that of a service integration, or the one that a plain function ARN has instead. */
const recordStage = (
  { service }: TaskState,
  { history }: Frame,
  stage: Stage,
  details: () => Readonly<Record<string, unknown>>,
): void => {
  if (!history.isKept) history.record(stage);
  else if (service !== undefined) {
    history.record(`Task${stage}`, () => ({ [`task${stage}EventDetails`]: { ...details(), ...service } }));
  } else {
    // As recorded on AWS: the start of a plain function has no details.
    const named = () => ({ [`lambdaFunction${stage}EventDetails`]: details() });
    history.record(`LambdaFunction${stage}`, stage === "Started" ? undefined : named);
  }
};

const scheduledDetails = (
  { resource, service }: TaskState,
  { context }: Frame,
  args: JsonValue,
  timeoutSeconds: number | undefined,
) => {
  const limit = timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds };
  if (service === undefined) return { ...inputDetails(args), resource, ...limit };
  return { parameters: JSON.stringify(args), region: context.StateMachine.Id.split(":")[3], ...limit };
};

const attemptTask = async (state: TaskState, visit: Visit): Promise<Outcome> => {
  const { frame, input, place } = visit;
  const scope = visit.scope();
  const given = state.arguments === undefined ? input : state.arguments(scope);
  const args = given instanceof Promise ? await given : given;
  if (args !== input) assertWithinLimit(args, "task's input");
  const limit = state.timeoutSeconds?.(scope);
  const timeoutSeconds = limit instanceof Promise ? await limit : limit;
  recordStage(state, frame, "Scheduled", () => scheduledDetails(state, frame, args, timeoutSeconds));
  // As on AWS, tasks that are scheduled at a time are all scheduled before the first of them starts.
  await Promise.resolve();
  const { elapsed } = frame;
  const begun = elapsed === undefined ? 0 : performance.now();
  let result: JsonValue;
  try {
    recordStage(state, frame, "Started", () => ({}));
    const recalled = place?.read();
    if (recalled === undefined) {
      result = ((await callResource(frame, state.resource, args, timeoutSeconds)) ?? null) as JsonValue;
      assertWithinLimit(result, "task's result");
      if (place !== undefined) await place.write(result);
    } else result = recalled;
  } catch (error) {
    const failure = visit.toFailure(error);
    recordStage(state, frame, failure.error === "States.Timeout" ? "TimedOut" : "Failed", () => errorDetails(failure));
    throw failure;
  } finally {
    if (elapsed !== undefined) elapsed.ms += frame.run.meter.taskMs(performance.now() - begun);
  }
  recordStage(state, frame, "Succeeded", () => outputDetails(result));
  return takeTransition(state, visit.scope({ result }), result);
};

/** Runs a Task: its arguments and time limit are evaluated anew for each attempt. */
export const runTask = (state: TaskState, visit: Visit): Promise<Outcome> =>
  attemptGuarded(state, visit, () => attemptTask(state, visit));
