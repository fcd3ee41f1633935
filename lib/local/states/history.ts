import type { JsonValue } from "../../domain/json.ts";

/** An event as GetExecutionHistory gives it; `details` stand under AWS's name for them, such as `taskFailedEventDetails`. */
export interface HistoryEvent {
  /** From 1. */
  readonly id: number;
  /** 0 for the first two events, as on AWS. */
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly [details: string]: unknown;
}

type Details = () => Readonly<Record<string, unknown>>;

/** What all branches of a history share. */
interface SharedHistory {
  readonly now: () => number;
  /** undefined where the history is not kept. */
  readonly events: HistoryEvent[] | undefined;
  lastId: number;
}

/** The chain of events along which an execution, or one iteration of a Map, goes. */
export class HistoryBranch {
  readonly #history: SharedHistory;
  #previousId: number;

  private constructor(history: SharedHistory, previousId: number) {
    this.#history = history;
    this.#previousId = previousId;
  }

  /** A new history; one that is not kept costs next to nothing and still counts its events. */
  static start(now: () => number, kept: boolean): HistoryBranch {
    return new HistoryBranch({ now, events: kept ? [] : undefined, lastId: 0 }, 0);
  }

  /** Every event of the history so far, of all branches, in order. */
  get events(): readonly HistoryEvent[] {
    return this.#history.events ?? [];
  }

  /** A branch that goes on from this one's last event. */
  fork(): HistoryBranch {
    return new HistoryBranch(this.#history, this.#previousId);
  }

  /** Adds an event and gives its id; `details` is only asked where the history is kept. */
  record(type: string, details?: Details): number {
    const id = ++this.#history.lastId;
    this.#history.events?.push({
      id,
      previousEventId: this.#previousId,
      timestamp: new Date(this.#history.now()),
      type,
      ...details?.(),
    });
    if (type !== "ExecutionStarted") this.#previousId = id;
    return id;
  }
}

const untruncated = { truncated: false };

/** A payload with the fields that AWS gives it in an event. */
export const inputDetails = (input: JsonValue): Readonly<Record<string, unknown>> => ({
  input: JSON.stringify(input),
  inputDetails: untruncated,
});

/** As {@link inputDetails}, of an output. */
export const outputDetails = (output: JsonValue): Readonly<Record<string, unknown>> => ({
  output: JSON.stringify(output),
  outputDetails: untruncated,
});

/** Error and cause where there are any. */
export const errorDetails = (failure: {
  readonly error?: string | undefined;
  readonly causeText?: string | undefined;
}): Readonly<Record<string, unknown>> => ({
  ...(failure.error === undefined ? {} : { error: failure.error }),
  ...(failure.causeText === undefined ? {} : { cause: failure.causeText }),
});
