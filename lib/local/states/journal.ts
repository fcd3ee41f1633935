import type { JsonValue } from "../../domain/json.ts";

/**
 * What an execution has done so far, so that one that was cut off is run again from its first state without doing it twice:
 * results of tasks, ends of waits in seconds, children and results of Distributed Maps, each under the path of where it stands,
 * such as `RunGroups#1[0]/RunWaves#1[2]/AssignWave#3`. Failures have no entries: what failed is tried again. Expressions are
 * evaluated again, too, so what they take from the clock or from chance may differ.
 */
export interface Journal {
  /** Gives what stood under a path when the execution was last started, the latest where there is more than one. */
  read(path: string): JsonValue | undefined;
  /** Keeps a value; what it stands for counts as done only afterwards. What it throws ends the execution: no Catch takes it. */
  write(path: string, value: JsonValue): Promise<void> | void;
}

/** What separates the parts of a path, in a state's name. */
const separators = /[%/#[\]]/g;

/** A place in a journal: that of a scope of states, or of one visit of a state in it. */
export class JournalPlace {
  readonly #journal: Journal;
  readonly #path: string;
  readonly #visits = new Map<string, number>();

  private constructor(journal: Journal, path: string) {
    this.#journal = journal;
    this.#path = path;
  }

  /** The place of an execution's outermost states. */
  static of(journal: Journal): JournalPlace {
    return new JournalPlace(journal, "");
  }

  /** What the journal has here; undefined for nothing. */
  read(): JsonValue | undefined {
    return this.#journal.read(this.#path);
  }

  /** Keeps a value here. */
  write(value: JsonValue): Promise<void> | void {
    return this.#journal.write(this.#path, value);
  }

  /** The place of the next visit of a state. */
  enter(state: string): JournalPlace {
    const count = (this.#visits.get(state) ?? 0) + 1;
    this.#visits.set(state, count);
    const prefix = this.#path === "" ? "" : `${this.#path}/`;
    const name = state.replaceAll(separators, encodeURIComponent);
    return new JournalPlace(this.#journal, `${prefix}${name}#${count}`);
  }

  /** The place of a Map's item (or batch), from 0; each retry of the Map does all its items anew. */
  item(index: number, retryCount = 0): JournalPlace {
    const retry = retryCount === 0 ? "" : `~${retryCount}`;
    return new JournalPlace(this.#journal, `${this.#path}${retry}[${index}]`);
  }
}
