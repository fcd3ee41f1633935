import { decodeForHumans } from "./json-line.ts";
import type { Line } from "./lines.ts";

/** A line of `rejected.jsonl` (SPEC IN5). */
export interface Rejection {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Names the line again, so that it can stand alone, then the field, what was expected and what was received. */
  readonly reason: string;
  /** The line, cut at 1 KiB. */
  readonly text: string;
}

/** Sets a bad line of `file` aside with the reason. */
export const rejectLine = (file: string, line: Line, reason: string): Rejection => ({
  file,
  line: line.number,
  reason: `line ${line.number}: ${reason}`,
  text: decodeForHumans(line),
});
