import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** An error as Lambda reports it; its JSON text is the payload of a failed invocation. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  /** The lines of the stack. */
  readonly trace: readonly string[];
}

/** A function's answer: the JSON text of what its handler returned, or the error it ended with. */
export type LambdaAnswer = ({ readonly payload: string } | { readonly error: LambdaError }) & {
  /** Milliseconds that it waited for other invocations of its thread, which AWS would have run in processes of their own. @default 0 */
  readonly queuedMs?: number;
};

/** A function's handler; the context is what Lambda passes as second argument. */
export type LambdaHandler = (event: unknown, context: object) => unknown;

/** The largest answer of a synchronous invocation, in bytes; the 100 above 6 MiB are AWS's own. */
const maxResponseBytes = 6_291_556;

/** Imports the handler that `handler` ("index.handler") names; a bundle that has none, or cannot be loaded, gives the error that Lambda gives. */
export async function loadHandler(bundleDirectory: string, handler: string): Promise<LambdaHandler | LambdaError> {
  const [moduleName = "", exportName = ""] = handler.split(".");
  const bundle = pathToFileURL(join(bundleDirectory, `${moduleName}.mjs`)).href;
  try {
    const exported: unknown = ((await import(bundle)) as Record<string, unknown>)[exportName];
    if (typeof exported === "function") return exported as LambdaHandler;
    return runtimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  } catch (error) {
    const { errorType, errorMessage, trace } = describeError(error);
    return { ...runtimeError("ImportModuleError", `${errorType}: ${errorMessage}`), trace };
  }
}

/** Runs one invocation; whatever the handler does, this resolves to an answer. */
export async function runHandler(handler: LambdaHandler, payload: string, context: object): Promise<LambdaAnswer> {
  try {
    const returned = await handler(JSON.parse(payload), context);
    const result = (JSON.stringify(returned) as string | undefined) ?? "null";
    const bytes = Buffer.byteLength(result);
    if (bytes <= maxResponseBytes) return { payload: result };
    const message = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
    return { error: { errorType: "Function.ResponseSizeTooLarge", errorMessage: message, trace: [] } };
  } catch (error) {
    return { error: describeError(error) };
  }
}

/** An error of Lambda's runtime itself, such as `Runtime.ExitError`. */
export function runtimeError(name: string, errorMessage: string): LambdaError {
  return { errorType: `Runtime.${name}`, errorMessage, trace: [] };
}

/** What Lambda reports of a thrown value; a value that is no error has its type for a name. */
export function describeError(error: unknown): LambdaError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}
