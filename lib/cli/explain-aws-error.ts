import { UsageError } from "./usage-error.ts";

/** Errors of credentials that AWS does not take, or takes no longer; each service has names of its own. */
const rejectedCredentials: ReadonlySet<string> = new Set([
  "AuthFailure",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "InvalidToken",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

/** Errors whose message says in the caller's terms what is wrong: whom AWS does not let do what, and a name that cannot be one. */
const toldByMessage: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "InvalidArn",
  "ValidationError",
]);

const unreachable: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH"]);

/** A command that gives credentials may bear a password. */
const withoutCommand = (message: string): string =>
  message.replace(/^Command failed:.*$/su, "the profile's command failed");

const explain = ({ name, message, code }: NodeJS.ErrnoException): string | undefined => {
  if (message === "Region is missing") {
    return "expected a region: set AWS_REGION, or one in the profile that AWS_PROFILE names";
  }
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return `expected AWS credentials, such as a profile named by AWS_PROFILE: ${withoutCommand(message)}`;
  }
  // The message is left out: it may quote the request with the session's token.
  if (rejectedCredentials.has(name)) return `expected credentials that AWS takes, it answered ${name}`;
  if (toldByMessage.has(name)) return message;
  return unreachable.has(code) ? `expected AWS to answer, received ${code}` : undefined;
};

/** An error of the way to a deployed stack as what the user can put right; any other error as it is. */
export const explainAwsError = (stack: string, error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const explained = explain(error);
  return explained === undefined ? error : new UsageError(`stack ${stack}: ${explained}`, { cause: error });
};
