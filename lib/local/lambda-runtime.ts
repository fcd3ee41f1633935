import { type LambdaAnswer, type LambdaError, runtimeError } from "./lambda-host.ts";
import { LambdaSandbox } from "./lambda-sandbox.ts";

/**
 * When a function's thread ends as if its machine had died: before it runs an invocation, so many milliseconds after the invocation was
 * handed to it (unless that has ended by then), or after it has answered, which nobody then hears.
 */
export type Kill = "before" | "after" | { readonly duringMs: number };

/** Decides whether an invocation, counted from 1 for each function, ends the function's thread. */
export type KillPlan = (functionName: string, invocation: number) => Kill | undefined;

/** What a function is made of, as its template declares it. */
export interface LambdaFunctionOptions {
  readonly name: string;
  readonly arn: string;
  /** The folder that holds `index.mjs`. */
  readonly bundleDirectory: string;
  /** `<module>.<export>`, such as `index.handler`. */
  readonly handler: string;
  /** The whole environment of the function: nothing of this process's own reaches it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Time limit of an invocation. */
  readonly timeoutSeconds: number;
  /** A folder for V8's compiled code, which makes the next start cheaper. @default none */
  readonly compileCacheDirectory?: string;
  /** The thread's code as JavaScript, which starts faster than the TypeScript it is built from. @default lambda-worker.ts */
  readonly workerFile?: string;
  /** MiB; limits the heap, but never below what an SDK bundle needs. */
  readonly memorySize: number;
  /** Gets each line that the function writes to its standard output or error; a line is here before the answer that followed it. */
  readonly onLog?: (line: string) => void;
  /** Told how long each invocation took without what it waited for others, in milliseconds, and the error of one that failed. */
  readonly onInvoked?: (milliseconds: number, error: LambdaError | undefined) => void;
  /** Ends threads on purpose, for tests; whatever else runs in such a thread ends with it. @default none */
  readonly kill?: KillPlan | undefined;
}

/** How an invocation ended: the JSON text of the handler's result, or the error. AWS calls every error of a Node function Unhandled. */
export type InvocationResult = (
  | { readonly payload: string }
  | ({ readonly functionError: "Unhandled" } & LambdaError)
) &
  Pick<LambdaAnswer, "queuedMs">;

/** A function that can be invoked. */
export interface LambdaFunction {
  /** Runs the handler with the JSON text of its event; never rejects. */
  invoke(payload: string): Promise<InvocationResult>;
  /** Starts the function's thread, so that its first invocation need not wait for it; resolves when its bundle is loaded. */
  warm(): Promise<void>;
  /** Ends every thread of the function and fails what they were running. */
  stop(): Promise<void>;
}

/**
 * Gives a function that runs its bundle in a worker thread, started with the first invocation. Invocations are interleaved in one
 * thread (on AWS each has an environment of its own), so they share module state. A thread that failed or let an invocation pass
 * its time limit is replaced for the next invocation.
 */
export function createLambdaFunction(options: LambdaFunctionOptions): LambdaFunction {
  const sandboxes = new Set<LambdaSandbox>();
  let current: LambdaSandbox | undefined;
  let isStopped = false;
  let invocations = 0;

  const startSandbox = (): LambdaSandbox => {
    const sandbox = new LambdaSandbox(options);
    sandboxes.add(sandbox);
    void sandbox.exited.then(() => sandboxes.delete(sandbox));
    return sandbox;
  };

  const currentSandbox = (): LambdaSandbox => {
    if (current === undefined || current.isRetired) current = startSandbox();
    return current;
  };

  return {
    async invoke(payload) {
      if (isStopped) return { functionError: "Unhandled", ...runtimeError("ExitError", `${options.name} was stopped`) };
      invocations += 1;
      const begun = performance.now();
      const answer = await currentSandbox().invoke(payload, options.kill?.(options.name, invocations));
      const { queuedMs = 0 } = answer;
      const took = Math.max(0, performance.now() - begun - queuedMs);
      options.onInvoked?.(took, "error" in answer ? answer.error : undefined);
      return "error" in answer
        ? { functionError: "Unhandled", ...answer.error, ...(queuedMs > 0 && { queuedMs }) }
        : answer;
    },
    async warm() {
      if (!isStopped) await currentSandbox().loaded;
    },
    async stop() {
      isStopped = true;
      await Promise.all([...sandboxes].map(async (sandbox) => sandbox.stop()));
    },
  };
}
