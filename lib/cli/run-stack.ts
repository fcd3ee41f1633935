import { type RunContext, withRunCloud } from "./run-cloud.ts";
import type { Terminal } from "./terminal.ts";

/** The functions of a deployed stack log to CloudWatch. */
const logsElsewhere: RunContext["logs"] = { onLog: () => {}, save: async () => {} };

/** Runs `use` on the deployed stack that is named, else on an embedded cloud of its own. */
export const withRunStack = async (
  options: {
    readonly stack?: string;
    readonly timeScale: number;
    readonly data?: string;
    readonly terminal: Terminal;
  },
  signal: AbortSignal,
  use: (context: RunContext) => Promise<void>,
): Promise<void> => {
  const { stack: name, timeScale, data, terminal } = options;
  if (name === undefined) return withRunCloud({ timeScale, data, terminal }, signal, use);
  const { withAwsStack } = await import("./aws-stack.ts");
  await withAwsStack(name, (stack) => use({ stack, logs: logsElsewhere, terminal, signal, data: undefined }));
};
