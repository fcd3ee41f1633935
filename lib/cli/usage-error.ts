/** Thrown for wrong usage and unreadable input: the command ends with one line and exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Thrown when a run did not finish: the command ends with one line and exit code 1. */
export class RunFailedError extends Error {
  override readonly name = "RunFailedError";
}
