import type { JsonValue } from "../../domain/json.ts";
import type { Guarded, Retrier } from "./definition.ts";
import type { StateFailure } from "./errors.ts";
import type { Visit } from "./frame.ts";
import { takeTransition } from "./transition.ts";
import type { Outcome } from "./transition.ts";

/** Not covered by the wildcards, as AWS documents. */
const terminalErrors = ["States.DataLimitExceeded", "States.Runtime"];

/** Whether an ErrorEquals list matches an error's name. */
export const matchesError = (errorEquals: readonly string[], error: string): boolean =>
  errorEquals.some((name) => {
    if (name === error) return true;
    if (terminalErrors.includes(error)) return false;
    return name === "States.ALL" || (name === "States.TaskFailed" && error !== "States.Timeout");
  });

/** Milliseconds before a retrier's `attempt`-th retry (from 1). */
export const retryDelay = (retrier: Retrier, attempt: number, random: () => number): number => {
  const seconds = Math.min(retrier.intervalSeconds * retrier.backoffRate ** (attempt - 1), retrier.maxDelaySeconds);
  return seconds * 1000 * (retrier.fullJitter ? random() : 1);
};

const catchFailure = async (catchers: Guarded["catchers"], visit: Visit, failure: StateFailure): Promise<Outcome> => {
  const { error = "", causeText = "" } = failure;
  const catcher = catchers.find(({ errorEquals }) => matchesError(errorEquals, error));
  if (catcher === undefined) throw failure;
  const errorOutput: JsonValue = { Error: error, Cause: causeText };
  return takeTransition(catcher, visit.scope({ errorOutput }), errorOutput);
};

/**
 * Attempts a state until it succeeds or its Retry gives up, then asks its Catch. The first retrier that matches decides, each
 * counts its own retries, and one that is used up leads to Catch and never to a later retrier.
 */
export const attemptGuarded = async (
  { retriers, catchers }: Guarded,
  visit: Visit,
  attempt: () => Promise<Outcome>,
  onGivenUp?: () => void,
): Promise<Outcome> => {
  const { run, signal, elapsed } = visit.frame;
  const retries = new Map<Retrier, number>();
  for (visit.retryCount = 0; ; visit.retryCount += 1) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const failure = visit.toFailure(error);
      const retrier = retriers.find(({ errorEquals }) => matchesError(errorEquals, failure.error ?? ""));
      const count = (retrier === undefined ? 0 : (retries.get(retrier) ?? 0)) + 1;
      if (retrier === undefined || count > retrier.maxAttempts) {
        onGivenUp?.();
        return catchFailure(catchers, visit, failure);
      }
      retries.set(retrier, count);
      const delay = retryDelay(retrier, count, run.random);
      if (elapsed === undefined) run.meter.transition();
      else elapsed.ms += delay;
      await run.clock.sleep(delay, signal);
    }
  }
};
