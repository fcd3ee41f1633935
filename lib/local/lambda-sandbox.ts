import { randomUUID } from "node:crypto";
import { Worker } from "node:worker_threads";
import { type LambdaAnswer, type LambdaError, runtimeError } from "./lambda-host.ts";
import type { Kill, LambdaFunctionOptions } from "./lambda-runtime.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { packInvocation, type SandboxMessage, unpackMessage } from "./sandbox-messages.ts";

/** What a sandbox's thread is started with. */
export interface SandboxData {
  readonly bundleDirectory: string;
  readonly handler: string;
  readonly compileCacheDirectory: string | undefined;
  /** The fields of Lambda's context object that are the same for every invocation. */
  readonly context: object;
}

interface PendingInvocation {
  /** Until it is sent: thousands may wait for their answers. */
  payload: string;
  readonly kill: Kill | undefined;
  readonly resolve: (answer: LambdaAnswer) => void;
  timer?: NodeJS.Timeout;
}

/** Smallest heap that a bundle with an SDK client loads in, in MiB; a memory size below it is not enforced. */
const minHeapMegabytes = 256;

/** How long a bundle may take to load, in seconds, as on AWS. */
const initTimeoutSeconds = 10;

/**
 * One worker thread that holds a function's loaded bundle and runs its invocations interleaved. It is retired after an invocation
 * that passed its time limit and after a failure of the thread: it then takes no more invocations, and ends with its last one.
 */
export class LambdaSandbox {
  readonly #options: LambdaFunctionOptions;
  readonly #worker: Worker;
  readonly #pending = new Map<string, PendingInvocation>();
  readonly #lines: Record<"stdout" | "stderr", ReturnType<typeof createLineSplitter>>;
  readonly #initTimer: NodeJS.Timeout;
  #isReady = false;
  #exitReason = "Runtime exited without providing a reason";
  #isRetired = false;
  /** Resolves when the thread is gone. */
  readonly exited: Promise<void>;
  readonly #loaded = Promise.withResolvers<void>();

  constructor(options: LambdaFunctionOptions) {
    this.#options = options;
    this.#worker = startWorker(options);
    const onLine = options.onLog ?? (() => {});
    this.#lines = { stdout: createLineSplitter(onLine), stderr: createLineSplitter(onLine) };
    const failLoading = (): void => this.#failAll((requestId) => timeoutError(requestId, initTimeoutSeconds));
    this.#initTimer = setTimeout(failLoading, initTimeoutSeconds * 1000);
    this.#worker.on("message", (message: SandboxMessage | string) => this.#receive(unpackMessage(message)));
    this.#worker.on("error", (error) => {
      this.#exitReason = `Runtime exited with error: ${String(error)}`;
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    this.#worker.once("exit", () => {
      this.#lines.stdout.end();
      this.#lines.stderr.end();
      this.#failAll((id) => exitError(id, this.#exitReason));
      this.#loaded.resolve();
      resolve();
    });
  }

  /** True once no new invocation may be given to it. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Runs one invocation, once the bundle is loaded; `kill` ends the thread on the way. */
  invoke(payload: string, kill?: Kill): Promise<LambdaAnswer> {
    const { promise, resolve } = Promise.withResolvers<LambdaAnswer>();
    const requestId = randomUUID();
    this.#pending.set(requestId, { payload, kill, resolve });
    if (this.#isReady) this.#dispatch(requestId);
    return promise;
  }

  /** Resolves when the bundle is loaded, or can't be. */
  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  /** Ends the thread at once and fails what it was running. */
  async stop(): Promise<void> {
    this.#failAll((id) => exitError(id, "the function was stopped"));
    await this.exited;
  }

  #receive(message: SandboxMessage): void {
    switch (message.kind) {
      case "ready":
        this.#isReady = true;
        this.#loaded.resolve();
        clearTimeout(this.#initTimer);
        for (const requestId of this.#pending.keys()) this.#dispatch(requestId);
        return;
      case "unloadable":
        return this.#failAll(() => message.error);
      case "output":
        return this.#lines[message.stream].write(message.text);
      case "answer":
        if (this.#pending.get(message.requestId)?.kill === "after") return this.#crash();
        return this.#settle(message.requestId, message.answer);
    }
  }

  #dispatch(requestId: string): void {
    const invocation = this.#pending.get(requestId);
    if (invocation === undefined) return;
    if (invocation.kill === "before") return this.#crash();
    if (typeof invocation.kill === "object") {
      setTimeout(() => this.#pending.has(requestId) && this.#crash(), invocation.kill.duringMs).unref();
    }
    const { timeoutSeconds } = this.#options;
    invocation.timer = setTimeout(() => {
      this.#isRetired = true;
      this.#settle(requestId, { error: timeoutError(requestId, timeoutSeconds) });
    }, timeoutSeconds * 1000);
    const deadline = Date.now() + timeoutSeconds * 1000;
    this.#worker.postMessage(packInvocation({ requestId, deadline, payload: invocation.payload }));
    invocation.payload = "";
  }

  /** Ends the thread as if its machine had died; what it was running fails when it is gone. */
  #crash(): void {
    this.#isRetired = true;
    void this.#worker.terminate();
  }

  #settle(requestId: string, answer: LambdaAnswer): void {
    const invocation = this.#pending.get(requestId);
    if (invocation === undefined) return;
    clearTimeout(invocation.timer);
    this.#pending.delete(requestId);
    invocation.resolve(answer);
    this.#endWhenIdle();
  }

  #failAll(errorOf: (requestId: string) => LambdaError): void {
    this.#isRetired = true;
    clearTimeout(this.#initTimer);
    for (const requestId of this.#pending.keys()) this.#settle(requestId, { error: errorOf(requestId) });
    this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (this.#isRetired && this.#pending.size === 0) void this.#worker.terminate();
  }
}

function startWorker(options: LambdaFunctionOptions): Worker {
  const { name, arn, bundleDirectory, handler, memorySize, compileCacheDirectory } = options;
  const context = {
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memorySize),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomUUID().replaceAll("-", "")}`,
    callbackWaitsForEmptyEventLoop: true,
  };
  return new Worker(options.workerFile ?? new URL("./lambda-worker.ts", import.meta.url), {
    workerData: { bundleDirectory, handler, compileCacheDirectory, context } satisfies SandboxData,
    env: options.environment,
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.max(minHeapMegabytes, memorySize) },
  });
}

function timeoutError(requestId: string, seconds: number): LambdaError {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
  return { errorType: "Sandbox.Timedout", errorMessage, trace: [] };
}

function exitError(requestId: string, reason: string): LambdaError {
  return runtimeError("ExitError", `RequestId: ${requestId} Error: ${reason}`);
}
