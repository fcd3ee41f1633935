import type { ObjectStore } from "../domain/ports.ts";
import { readTextLines } from "./read-json-lines.ts";

/** UTF-16 units of text that a step holds at the most, so that it need not read again what it has just read or written. */
export const MAX_HELD_LENGTH = 32 * 1024 * 1024;

/** The lines of an object, held as long as they are not too long. */
export class HeldLines {
  readonly #max: number;
  #lines: string[] | undefined = [];
  #length = 0;

  constructor(max = MAX_HELD_LENGTH) {
    this.#max = max;
  }

  add(line: string): void {
    this.#length += line.length;
    if (this.#length > this.#max) this.#lines = undefined;
    this.#lines?.push(line);
  }

  /** Adds a line that is only made where it is held. */
  addMade(make: () => string): void {
    if (this.#lines !== undefined) this.add(make());
  }

  /** Undefined where they were too long. */
  get lines(): readonly string[] | undefined {
    return this.#lines;
  }

  /** The same lines once more: those that are held, or else the object's. */
  async *again(objects: Pick<ObjectStore, "read">, key: string): AsyncGenerator<readonly string[]> {
    if (this.#lines === undefined) yield* readTextLines(objects, key);
    else yield this.#lines;
  }
}
