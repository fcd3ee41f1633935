import type { Clock } from "./clock.ts";
import type { ChoiceState, FailState, PassState, WaitState } from "./definition.ts";
import { EvaluationFailure, StateFailure } from "./errors.ts";
import type { Visit } from "./frame.ts";
import { takeTransition } from "./transition.ts";
import type { Outcome } from "./transition.ts";

/** Runs a Pass or Succeed state. */
export const runPass = (state: PassState, visit: Visit): Promise<Outcome> =>
  takeTransition(state, visit.scope(), visit.input);

/** Runs a Choice: the first rule whose condition is true, else Default. @throws {StateFailure} States.NoChoiceMatched */
export const runChoice = async (state: ChoiceState, visit: Visit): Promise<Outcome> => {
  const scope = visit.scope();
  for (const rule of state.rules) {
    if (await rule.condition(scope)) return takeTransition(rule, scope, visit.input);
  }
  if (state.next === undefined) {
    throw new StateFailure(
      "States.NoChoiceMatched",
      `No rule of the state '${state.name}' matched, and it has no Default.`,
    );
  }
  return takeTransition(state, scope, visit.input);
};

/** ISO 8601 extended with an offset, the form that AWS asks for. */
const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** A point in time is not a duration: it is never scaled. */
const waitUntil = (epochMs: number, clock: Clock, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.timeout(Math.max(0, epochMs - clock.now()), () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });

/** Runs a Wait; a time that has passed is not waited for. */
export const runWait = async (state: WaitState, visit: Visit): Promise<Outcome> => {
  const scope = visit.scope();
  const { run, signal } = visit.frame;
  const seconds = await state.seconds?.(scope);
  const timestamp = await state.timestamp?.(scope);
  const until = timestamp === undefined || !timestampPattern.test(timestamp) ? Number.NaN : Date.parse(timestamp);
  if (timestamp !== undefined && Number.isNaN(until)) {
    const problem = "cannot be parsed as an ISO-8601 extended offset date-time format string";
    throw new EvaluationFailure("Timestamp", `The Timestamp field ${problem}: ${timestamp}`);
  }
  if (seconds === undefined) await waitUntil(until, run.clock, signal);
  else if (visit.place?.read() === undefined) {
    await run.clock.sleep(Math.max(0, seconds * 1000), signal);
    await visit.place?.write(null);
  }
  return takeTransition(state, scope, visit.input);
};

/** Runs a Fail state. @throws {StateFailure} always */
export const runFail = async (state: FailState, visit: Visit): Promise<never> => {
  const scope = visit.scope();
  throw new StateFailure(await state.error?.(scope), await state.cause?.(scope));
};
