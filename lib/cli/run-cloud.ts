import type { Usage } from "../domain/usage.ts";
import { createFunctionLogs, type EmbeddedStack, type FunctionLogs, withEmbeddedStack } from "./embedded.ts";
import { registerCloud } from "./live-clouds.ts";
import type { Stack } from "./stack.ts";
import type { Terminal } from "./terminal.ts";

/** What a command that carries a run needs. */
export interface RunContext {
  readonly stack: Stack;
  readonly logs: FunctionLogs;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** The folder that keeps the cloud's state; undefined where it ends with the command. */
  readonly data: string | undefined;
  /** What AWS would have billed since the cloud is up. @default nothing is counted: AWS does that itself, or several runs share the cloud */
  readonly usage?: () => Usage;
}

const register = async ({ endpoints, outputs }: EmbeddedStack, { say }: Terminal): Promise<() => Promise<void>> => {
  try {
    return await registerCloud({ endpoints, outputs });
  } catch (error) {
    say(`warning: pause, resume and cancel will not find this run: ${(error as Error).message}`);
    return async () => {};
  }
};

/** Runs `use` on an embedded cloud that other commands can find while it is up. */
export const withRunCloud = async (
  options: { readonly timeScale: number; readonly data: string | undefined; readonly terminal: Terminal },
  signal: AbortSignal,
  use: (context: RunContext) => Promise<void>,
): Promise<void> => {
  const { timeScale, data, terminal } = options;
  const logs = createFunctionLogs();
  const startedAt = Date.now();
  await withEmbeddedStack({ timeScale, logs, signal, data }, async (stack, cloudSignal) => {
    terminal.say(`embedded cloud ready in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
    const unregister = await register(stack, terminal);
    try {
      await use({ stack, logs, terminal, signal: cloudSignal, data, usage: stack.usage });
    } finally {
      await unregister();
      if (signal.aborted && data !== undefined) {
        terminal.say(`what has not finished is kept; it goes on with: npm start -- resume --data ${data}`);
      }
    }
  });
};
