/**
 * Base of every error that Phase 21 throws on purpose. Step Functions matches `name`, so each class writes its name out:
 * a minifier may rename the class, never the string.
 */
export abstract class Phase21Error extends Error {
  abstract override readonly name: `Phase21.${string}`;
  /** Trying the same step again may succeed. */
  abstract readonly retryable: boolean;
}

/** Thrown when a file of a run (configuration, fleet) breaks its schema; one line names file, field, value and what was expected. */
export class InvalidInputError extends Phase21Error {
  override readonly name = "Phase21.InvalidInput";
  override readonly retryable = false;
}

/** Thrown when `strict` refuses a run because lines of its input were rejected. */
export class InputRejectedError extends Phase21Error {
  override readonly name = "Phase21.InputRejected";
  override readonly retryable = false;
}

/** Thrown when a run is larger than one run may be; more is more runs. */
export class RunTooLargeError extends Phase21Error {
  override readonly name = "Phase21.RunTooLarge";
  override readonly retryable = false;
}
