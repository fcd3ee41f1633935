import type { JsonValue } from "../../domain/json.ts";
import type { TaskCall, TaskState } from "./definition.ts";
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
  {
    timeoutSeconds,
    onQueued,
  }: { readonly timeoutSeconds?: number | undefined; readonly onQueued?: TaskCall["onQueued"] } = {},
): Promise<unknown> => {
  const { clock, resources } = frame.run;
  return new Promise((resolve, reject) => {
    frame.signal.throwIfAborted();
    // Made when it is asked for: most resources never do, and a controller for every task of a run is not free.
    let controller: AbortController | undefined;
    let stopped: { readonly reason: unknown } | undefined;
    const options = {
      ...(onQueued !== undefined && { onQueued }),
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
    const fail = (error: unknown) => settle(() => reject(toStateFailure(error)));
    try {
      Promise.resolve(resources[resource]?.(args, options)).then((result) => settle(() => resolve(result)), fail);
    } catch (error) {
      fail(error);
    }
  });
};

/** The events of one attempt: those of a service integration, or those that a plain function ARN has instead. */
const eventsOf = ({ resource, service }: TaskState, { history, context }: Frame) => {
  if (service === undefined) {
    const add = (type: string, details?: () => Readonly<Record<string, unknown>>) =>
      history.record(
        `LambdaFunction${type}`,
        details && (() => ({ [`lambdaFunction${type}EventDetails`]: details() })),
      );
    return {
      scheduled: (args: JsonValue, limit: object) =>
        add("Scheduled", () => ({ ...inputDetails(args), resource, ...limit })),
      started: () => add("Started"),
      succeeded: (result: JsonValue) => add("Succeeded", () => outputDetails(result)),
      failed: (type: "Failed" | "TimedOut", failure: StateFailure) => add(type, () => errorDetails(failure)),
    };
  }
  const add = (type: string, details: () => Readonly<Record<string, unknown>>) =>
    history.record(`Task${type}`, () => ({ [`task${type}EventDetails`]: { ...details(), ...service } }));
  return {
    scheduled: (args: JsonValue, limit: object) =>
      add("Scheduled", () => ({
        parameters: JSON.stringify(args),
        region: context.StateMachine.Id.split(":")[3],
        ...limit,
      })),
    started: () => add("Started", () => ({})),
    succeeded: (result: JsonValue) => add("Succeeded", () => outputDetails(result)),
    failed: (type: "Failed" | "TimedOut", failure: StateFailure) => add(type, () => errorDetails(failure)),
  };
};

const attemptTask = async (state: TaskState, visit: Visit): Promise<Outcome> => {
  const { frame, input, place } = visit;
  const scope = visit.scope();
  const given = state.arguments === undefined ? input : state.arguments(scope);
  const args = given instanceof Promise ? await given : given;
  if (args !== input) assertWithinLimit(args, "task's input");
  const limit = state.timeoutSeconds?.(scope);
  const timeoutSeconds = limit instanceof Promise ? await limit : limit;
  const events = eventsOf(state, frame);
  events.scheduled(args, timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds });
  // As on AWS, tasks that are scheduled at a time are all scheduled before the first of them starts.
  await Promise.resolve();
  const { elapsed } = frame;
  const begun = elapsed === undefined ? 0 : performance.now();
  let queuedMs = 0;
  const onQueued = (milliseconds: number): void => {
    queuedMs += milliseconds;
  };
  let result: JsonValue;
  try {
    events.started();
    const recalled = place?.read();
    if (recalled === undefined) {
      const answer = await callResource(frame, state.resource, args, { timeoutSeconds, onQueued });
      result = (answer ?? null) as JsonValue;
      assertWithinLimit(result, "task's result");
      if (place !== undefined) await place.write(result);
    } else result = recalled;
  } catch (error) {
    const failure = visit.toFailure(error);
    events.failed(failure.error === "States.Timeout" ? "TimedOut" : "Failed", failure);
    throw failure;
  } finally {
    if (elapsed !== undefined) elapsed.ms += frame.run.meter.taskMs(Math.max(0, performance.now() - begun - queuedMs));
  }
  events.succeeded(result);
  return takeTransition(state, visit.scope({ result }), result);
};

/** Runs a Task: its arguments and time limit are evaluated anew for each attempt. */
export const runTask = (state: TaskState, visit: Visit): Promise<Outcome> =>
  attemptGuarded(state, visit, () => attemptTask(state, visit));
