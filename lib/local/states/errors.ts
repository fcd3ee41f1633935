import { Phase21Error } from "../../domain/errors.ts";

/** Thrown when a definition holds what the interpreter does not do, or is not valid; one line names state and field. */
export class InvalidDefinitionError extends Phase21Error {
  override readonly name = "Phase21.InvalidDefinition";
  override readonly retryable = false;
}

/** An error that a state reports: what Retry and Catch match. A Fail state may leave out either part. */
export class StateFailure extends Error {
  override readonly name = "StateFailure";
  readonly error: string | undefined;
  readonly causeText: string | undefined;

  constructor(error: string | undefined, causeText?: string) {
    super(`${error ?? "no error name"}: ${causeText ?? "no cause"}`);
    this.error = error;
    this.causeText = causeText;
  }
}

/** A field whose expression gave no usable value; the state it stands in turns it into States.QueryEvaluationError. */
export class EvaluationFailure extends Error {
  override readonly name = "EvaluationFailure";
  /** Field as AWS writes it, `Output/a/b`. */
  readonly location: string;

  constructor(location: string, message: string) {
    super(message);
    this.location = location;
  }
}

/** Ends what runs because something around it ended: the Map that it belongs to failed, time is up, or the caller aborted. */
export class Stopped extends Error {
  override readonly name = "AbortError";
  readonly by: "map" | "time limit" | "caller";

  constructor(by: Stopped["by"]) {
    super(`stopped by ${by}`);
    this.by = by;
  }
}

/** What a resource threw, as Step Functions reports it: `error.name`, and the property `causeText` or else the message. */
export const toStateFailure = (thrown: unknown): StateFailure => {
  if (!(thrown instanceof Error)) return new StateFailure(typeof thrown, String(thrown));
  const causeText = "causeText" in thrown && typeof thrown.causeText === "string" ? thrown.causeText : thrown.message;
  return new StateFailure(thrown.name, causeText);
};
