import { once } from "node:events";

/** Where a command writes: results to stdout, everything that a person watches to stderr. */
export interface Terminal {
  readonly out: (text: string) => Promise<void>;
  readonly say: (line: string) => void;
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
