import middy from "@middy/core";

/** Time that is left to report a time-out before Lambda itself ends the function. */
const TIMEOUT_EARLY_MS = 500;

/** Thrown when a step would hit the time limit; named as Lambda's own time-out, so that the same retriers and catchers take both. */
class TimedOutError extends Error {
  override readonly name = "Sandbox.Timedout";
}

/**
 * Wraps a step as a Lambda handler: a step that is about to hit the time limit ends with an error of its own, and errors leave by
 * name, because the state machine decides what follows.
 */
export const withMiddleware = <Input, Output>(step: (input: Input, context: object) => Promise<Output>) =>
  middy<Input, Output>({
    timeoutEarlyInMillis: TIMEOUT_EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new TimedOutError(`the step did not end ${TIMEOUT_EARLY_MS} ms before the function's time limit`);
    },
  }).handler((input: Input, context) => step(input, context));
