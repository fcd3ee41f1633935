import { once } from "node:events";

import { createLiveLines, type LiveLines } from "./live-lines.ts";
import { isLively } from "./paint.ts";

/** Where a command writes: results to stdout, everything that a person watches to stderr. */
export interface Terminal {
  readonly out: (text: string) => Promise<void>;
  readonly say: (line: string) => void;
  /** Lines below all that is said, drawn again and again in place; undefined where only lines can be written. */
  readonly live?: LiveLines | undefined;
}

/** The process's own streams; `quiet` says nothing. Nothing is drawn in place without a terminal, in CI, or where NO_COLOR asks for plain text. */
export const createTerminal = (quiet: boolean): Terminal => ({
  out: async (text) => {
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
  },
  say: (line) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  },
  live: !quiet && isLively(process.stderr) ? createLiveLines(process.stderr) : undefined,
});
