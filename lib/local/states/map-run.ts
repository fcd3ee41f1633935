import type { ExecutionEnd } from "./run-to-end.ts";

/** How many items, or children, of a Map Run stand where. */
export interface MapRunCounts {
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  /** Those that were begun so far: items are read as children have room for them. */
  readonly total: number;
}

const countFields = { SUCCEEDED: "succeeded", FAILED: "failed", TIMED_OUT: "timedOut", ABORTED: "aborted" } as const;

/** Counts what begins and how it ends. */
class Counter {
  readonly #counts = { running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0, total: 0 };

  get counts(): MapRunCounts {
    return { ...this.#counts };
  }

  begin(count: number): void {
    this.#counts.running += count;
    this.#counts.total += count;
  }

  end(count: number, status: ExecutionEnd["status"]): void {
    this.#counts.running -= count;
    this.#counts[countFields[status]] += count;
  }
}

/** A Map Run as it goes on, for who asks how far it has come. */
export class MapRun {
  readonly arn: string;
  readonly startDate: Date;
  readonly maxConcurrency: number;
  readonly #items = new Counter();
  readonly #children = new Counter();
  #end: { readonly status: "SUCCEEDED" | "FAILED" | "ABORTED"; readonly stopDate: Date } | undefined;

  constructor(arn: string, startDate: Date, maxConcurrency: number) {
    this.arn = arn;
    this.startDate = startDate;
    this.maxConcurrency = maxConcurrency;
  }

  get items(): MapRunCounts {
    return this.#items.counts;
  }

  get children(): MapRunCounts {
    return this.#children.counts;
  }

  get status(): "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED" {
    return this.#end?.status ?? "RUNNING";
  }

  /** undefined while it runs. */
  get stopDate(): Date | undefined {
    return this.#end?.stopDate;
  }

  /** Counts a child with its items from its start to its end, and gives what it gave. */
  async watch(itemCount: number, child: Promise<ExecutionEnd>): Promise<ExecutionEnd> {
    this.#items.begin(itemCount);
    this.#children.begin(1);
    const end = await child;
    this.#items.end(itemCount, end.status);
    this.#children.end(1, end.status);
    return end;
  }

  /** Tells that no child runs any more. */
  finish(status: "SUCCEEDED" | "FAILED" | "ABORTED", stopDate: Date): void {
    this.#end = { status, stopDate };
  }
}
