import type { AttemptLogEntry } from "./record.ts";
import type { RetryErrorName } from "./retry-policy.ts";

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

/** Thrown when an object that an earlier step must have written is not in the bucket. */
export class MissingObjectError extends Phase21Error {
  override readonly name = "Phase21.MissingObject";
  override readonly retryable = false;
}

/** Thrown when one wave could not be dispatched again and again: its tasks were not asked for, so none of them failed. */
export class DispatchFailedError extends Phase21Error {
  override readonly name = "Phase21.DispatchFailed";
  override readonly retryable = false;
}

/** Thrown when a service took only part of what it was given, again and again; the step can be run again as it is. */
export class UnavailableError extends Phase21Error {
  override readonly name = "Phase21.Unavailable";
  override readonly retryable = true;
}

/**
 * Thrown by the executor after an attempt that failed and is to be tried again. Its name chooses the native retrier of
 * the state machine, and so the wait before the next attempt (SPEC E2).
 */
export class AttemptFailedError extends Phase21Error {
  override readonly name: RetryErrorName;
  override readonly retryable = true;
  /** What there is to know of the attempt. */
  readonly entry: AttemptLogEntry;

  constructor(name: RetryErrorName, message: string, entry: AttemptLogEntry, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.entry = entry;
    // An outcome and no fault: where it was thrown tells nobody anything, and to print that costs more than the attempt.
    this.stack = `${name}: ${message}`;
  }
}
