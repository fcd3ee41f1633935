import type { ObjectStore } from "../domain/ports.ts";
import { readTextLines } from "./read-json-lines.ts";

/** UTF-16 units of text that a step holds at the most, so that it need not read again what it has just read or written. */
const MAX_HELD_LENGTH = 32 * 1024 * 1024;

/** What a step holds as long as it is not too long together. */
export class Held<Item> {
  readonly #max: number;
  #items: Item[] | undefined = [];
  #length = 0;

  constructor(max = MAX_HELD_LENGTH) {
    this.#max = max;
  }

  add(item: Item, length: number): void {
    this.#length += length;
    if (this.#length > this.#max) this.#items = undefined;
    this.#items?.push(item);
  }

  /** Undefined where they were too long. */
  get items(): readonly Item[] | undefined {
    return this.#items;
  }
}

/** The lines of an object, held as long as they are not too long. */
export class HeldLines {
  readonly #held: Held<string>;

  constructor(max?: number) {
    this.#held = new Held(max);
  }

  add(line: string): void {
    this.#held.add(line, line.length);
  }

  /** Adds a line that is only made where it is held. */
  addMade(make: () => string): void {
    if (this.lines !== undefined) this.add(make());
  }

  /** Undefined where they were too long. */
  get lines(): readonly string[] | undefined {
    return this.#held.items;
  }

  /** The same lines once more: those that are held, or else the object's. */
  async *again(objects: Pick<ObjectStore, "read">, key: string): AsyncGenerator<readonly string[]> {
    if (this.lines === undefined) yield* readTextLines(objects, key);
    else yield this.lines;
  }
}
