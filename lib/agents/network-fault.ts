import { errorLine } from "../domain/agent-request.ts";

const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  UND_ERR_SOCKET: "connection closed",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "host not found",
  ETIMEDOUT: "connection timed out",
  UND_ERR_CONNECT_TIMEOUT: "connection timed out",
};

/** What a failed call was thrown for: fetch hides it behind "fetch failed" as the cause. */
const rootOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? error.cause : error;

/** The code that Node gives the fault, such as `ECONNREFUSED`; null where it gives none. */
export const faultCode = (error: unknown): string | null => {
  const root = rootOf(error);
  return root instanceof Error && "code" in root && typeof root.code === "string" ? root.code : null;
};

/** One line that says what happened to a call which was not answered. */
export const describeFault = (error: unknown): string => {
  const known = faults[faultCode(error) ?? ""];
  if (known !== undefined) return known;
  const root = rootOf(error);
  return errorLine(root instanceof Error ? `${root.name}: ${root.message}` : String(root));
};
