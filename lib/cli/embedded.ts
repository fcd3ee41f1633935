import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type Cloud, type CloudOptions, startCloud } from "../local/cloud.ts";
import type { Stack } from "./stack.ts";

/** A stack of this process, which other processes reach at its endpoints. */
export type EmbeddedStack = Stack & Pick<Cloud, "endpoints" | "usage">;

/** The agents' secrets on a laptop: `PHASE21_SECRET_<NAME>`, the name in upper case with `_` for what is no letter or digit. */
const secretOf = (name: string): string | undefined =>
  process.env[`PHASE21_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/gu, "_")}`];

/** Collects what the functions write until the run's folder is known. */
export interface FunctionLogs {
  readonly onLog: (functionName: string, line: string) => void;
  /** Writes `logs/<function>.log` into the folder. */
  save(directory: string): Promise<void>;
}

/** Lines of a function that are kept: the latest ones say what went wrong. */
const MAX_LINES = 20_000;

export const createFunctionLogs = (): FunctionLogs => {
  const lines = new Map<string, string[]>();
  return {
    onLog: (name, line) => {
      const kept = lines.get(name) ?? [];
      lines.set(name, kept);
      if (kept.length >= MAX_LINES) kept.splice(0, MAX_LINES / 2);
      kept.push(line);
    },
    save: async (directory) => {
      await mkdir(join(directory, "logs"), { recursive: true });
      for (const [name, kept] of lines) await writeFile(join(directory, "logs", `${name}.log`), `${kept.join("\n")}\n`);
    },
  };
};

/** How an embedded cloud is brought up. */
export interface EmbeddedOptions extends Pick<CloudOptions, "parameters" | "onExecution" | "scheduleClock"> {
  readonly timeScale: number;
  readonly logs: FunctionLogs;
  readonly signal: AbortSignal;
  /** The folder that keeps the cloud's state. @default none: it ends with the command */
  readonly data?: string | undefined;
  /** Whether runs that the folder holds unfinished go on. @default true */
  readonly resume?: boolean;
}

/**
 * Runs `use` on an embedded cloud and takes it down again, whatever happens. Unless told otherwise, runs that its folder holds
 * unfinished go on as soon as it is up. `use` is given a signal that aborts with the command's, and when the cloud breaks down.
 *
 * @throws BreakdownError when the cloud breaks down, whatever became of `use`
 */
export const withEmbeddedStack = async <Result>(
  { timeScale, logs, data, signal, resume = true, ...options }: EmbeddedOptions,
  use: (stack: EmbeddedStack, signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const starting = startCloud({
    ...options,
    timeScale,
    onLog: logs.onLog,
    secret: secretOf,
    resume,
    ...(data !== undefined && { data }),
  });
  // While its emulators start.
  const [cloud, { stackOf }] = await Promise.all([starting, import("./stack.ts")]);
  const breakdown = new AbortController();
  const broken = cloud.brokenDown.then(async (error) => {
    breakdown.abort(error);
    // At once, before an execution takes the fault for its own and ends with it: so it goes on after the next start.
    await cloud.stop();
    throw error;
  });
  const using = use(
    { ...stackOf(cloud), endpoints: cloud.endpoints, usage: cloud.usage, executionEnded: cloud.executionEnded },
    AbortSignal.any([signal, breakdown.signal]),
  );
  try {
    return await Promise.race([using, broken]);
  } catch (error) {
    breakdown.signal.throwIfAborted();
    throw error;
  } finally {
    await cloud.stop();
    // What it has begun, it still ends: others must not find what is gone.
    await using.catch(() => {});
  }
};
