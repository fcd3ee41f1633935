import { once } from "node:events";

import type { LiveLines } from "./live-lines.ts";
import { isLively } from "./paint.ts";

/** Where a command writes: results to stdout, everything that a person watches to stderr. */
export interface Terminal {
  readonly out: (text: string) => Promise<void>;
  readonly say: (line: string) => void;
  /** Lines below all that is said, drawn again and again in place; undefined where only lines can be written. */
  readonly live?: LiveLines | undefined;
}

/** The process's own streams; `quiet` says nothing. */
export const createTerminal = (quiet: boolean): Terminal => ({
  out: async (text) => {
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
  },
  say: (line) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  },
});

/** The same with live lines, but without a terminal, in CI, or where NO_COLOR asks for plain text: there nothing is drawn in place. */
export const createLiveTerminal = async (quiet: boolean): Promise<Terminal> => {
  const terminal = createTerminal(quiet);
  if (quiet || !isLively(process.stderr)) return terminal;
  const { createLiveLines } = await import("./live-lines.ts");
  return { ...terminal, live: createLiveLines(process.stderr) };
};
