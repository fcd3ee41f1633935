/** An error that a client of the gateway receives as a service exception with this code, such as `ExecutionAlreadyExists`. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  /** The HTTP status; JSON services use 400 for nearly everything. */
  readonly statusCode: number;

  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}
