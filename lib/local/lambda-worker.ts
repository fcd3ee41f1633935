import { enableCompileCache } from "node:module";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type LambdaHandler, loadHandler, runHandler } from "./lambda-host.ts";
import type { SandboxData } from "./lambda-sandbox.ts";
import { type Invocation, packAnswer, type SandboxMessage, unpackInvocation } from "./sandbox-messages.ts";

const { bundleDirectory, handler: handlerName, compileCacheDirectory, context } = workerData as SandboxData;
const port = parentPort as MessagePort;
const post = (message: SandboxMessage | string): void => port.postMessage(message);

// Output travels on the same port as the answers, so that a line written before an answer arrives before it. Node's own way would
// lose the last lines of a worker that is terminated.
for (const stream of ["stdout", "stderr"] as const) {
  process[stream].write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    post({ kind: "output", stream, text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString() });
    const callback = rest.at(-1);
    if (typeof callback === "function") queueMicrotask(() => callback());
    return true;
  };
}

if (compileCacheDirectory !== undefined) enableCompileCache(compileCacheDirectory);
const handler = await loadHandler(bundleDirectory, handlerName);
if (typeof handler === "function") {
  port.on("message", (text: string) => void run(handler, unpackInvocation(text)));
  post({ kind: "ready" });
} else {
  post({ kind: "unloadable", error: handler });
}

async function run(handler: LambdaHandler, { requestId, payload, deadline }: Invocation): Promise<void> {
  const getRemainingTimeInMillis = (): number => Math.max(0, deadline - Date.now());
  let queuedMs = 0;
  const onQueued = (milliseconds: number): void => {
    queuedMs += milliseconds;
  };
  const invocationContext = { ...context, awsRequestId: requestId, getRemainingTimeInMillis, onQueued };
  const answer = await runHandler(handler, payload, invocationContext);
  post(packAnswer({ kind: "answer", requestId, answer: queuedMs > 0 ? { ...answer, queuedMs } : answer }));
}
