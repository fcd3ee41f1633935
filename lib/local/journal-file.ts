import { appendFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

import { Phase21Error } from "../domain/errors.ts";
import type { JsonValue } from "../domain/json.ts";
import { type LineExtent, readLine } from "./line-extents.ts";
import type { Journal } from "./states/journal.ts";
import type { ExecutionEnd } from "./states/run-to-end.ts";

/** What StartExecution fixed for an execution. */
export interface ExecutionStart {
  readonly arn: string;
  /** Names the execution's file, too. */
  readonly name: string;
  readonly stateMachineArn: string;
  /** JSON text. */
  readonly input: string;
  readonly startDate: Date;
}

/** How and when an execution ended. */
export interface EndedExecution extends ExecutionEnd {
  readonly stopDate: Date;
}

/** Thrown when a journal cannot be read or written, such as on a full disk; one line names the file and what the system said. */
export class JournalError extends Phase21Error {
  override readonly name = "Phase21.JournalFailed";
  override readonly retryable = false;
}

/** Says of an error what it kept a journal from. */
export const toJournalError = (file: string, what: string, cause: unknown): JournalError =>
  new JournalError(`journal ${file}: cannot ${what}: ${(cause as Error).message}`, { cause });

const toLine = (value: object): string => `${JSON.stringify(value)}\n`;

/** What is added to a file's name for the one that is about to replace it. */
export const replacementSuffix = ".new";

/**
 * The journal of one execution: JSON Lines, its start and then entries. The system has an entry when `write` returns, so the
 * entry outlives the process. Values stay on disk: it is only known where those stand that were there before.
 */
export class JournalFile implements Journal {
  readonly #file: string;
  readonly #start: ExecutionStart;
  readonly #extents: ReadonlyMap<string, LineExtent>;

  constructor(file: string, start: ExecutionStart, extents: ReadonlyMap<string, LineExtent>) {
    this.#file = file;
    this.#start = start;
    this.#extents = extents;
  }

  /** Makes the file of a new execution. @throws {JournalError} */
  static create(file: string, start: ExecutionStart): JournalFile {
    try {
      writeFileSync(file, toLine(start), { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") rmSync(file, { force: true });
      throw toJournalError(file, "write the start", error);
    }
    return new JournalFile(file, start, new Map());
  }

  /** @throws {JournalError} */
  read(path: string): JsonValue | undefined {
    const extent = this.#extents.get(path);
    if (extent === undefined) return undefined;
    try {
      return (JSON.parse(readLine(this.#file, extent)) as { readonly value: JsonValue }).value;
    } catch (error) {
      throw toJournalError(this.#file, `read the entry ${path}`, error);
    }
  }

  /** @throws {JournalError} */
  write(path: string, value: JsonValue): void {
    try {
      appendFileSync(this.#file, toLine({ path, value }));
    } catch (error) {
      throw toJournalError(this.#file, `write the entry ${path}`, error);
    }
  }

  /**
   * Keeps the end and forgets the entries: the file is replaced at once, so that it never stands there with half an end.
   * @throws {JournalError}
   */
  end(end: EndedExecution): void {
    const replacement = this.#file + replacementSuffix;
    try {
      writeFileSync(replacement, toLine(this.#start) + toLine(end));
      renameSync(replacement, this.#file);
    } catch (error) {
      rmSync(replacement, { force: true });
      throw toJournalError(this.#file, "write the end", error);
    }
  }
}
