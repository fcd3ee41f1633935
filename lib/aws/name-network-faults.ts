import { UnavailableError } from "../domain/errors.ts";

/** Node's codes for a connection that could not be made, or that broke off. */
const codes = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

type Middleware = (next: (input: unknown) => Promise<unknown>) => (input: unknown) => Promise<unknown>;

/** What every SDK client's stack does; each client types its own by the inputs and outputs of its commands. */
interface MiddlewareStack {
  add(middleware: Middleware, options: { readonly step: "initialize"; readonly name: string }): void;
}

/**
 * Gives the client, whose calls from now on fail with an UnavailableError where the network did, once the SDK has used up its tries. Most
 * of such faults are called just `Error`, by which the state machine cannot tell that the step may be tried again.
 */
export const nameNetworkFaults = <Client extends { readonly middlewareStack: object }>(client: Client): Client => {
  (client.middlewareStack as MiddlewareStack).add(
    (next) => async (input) => {
      try {
        return await next(input);
      } catch (cause) {
        const code = codeOf(cause);
        if (code === undefined || !codes.has(code)) throw cause;
        throw new UnavailableError(`the connection to the service failed: ${code}`, { cause });
      }
    },
    { step: "initialize", name: "nameNetworkFaults" },
  );
  return client;
};
