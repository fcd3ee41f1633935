import { StateFailure } from "./errors.ts";

/** How many items of a Distributed Map may fail: none where neither is given, else until either is exceeded. */
export interface Tolerance {
  readonly count: number | undefined;
  /** 0..100, of all items. */
  readonly percentage: number | undefined;
}

/** Counts a Map Run's failed items. */
export class FailureTally {
  readonly #tolerance: Tolerance;
  #failed = 0;
  #total: number | undefined;

  constructor(tolerance: Tolerance) {
    this.#tolerance = tolerance;
  }

  /** Counts failed items. @throws {StateFailure} States.ExceedToleratedFailureThreshold */
  add(failed: number): void {
    this.#failed += failed;
    this.#check();
  }

  /** Tells how many items there are, once that is known. @throws {StateFailure} States.ExceedToleratedFailureThreshold */
  setTotal(total: number): void {
    this.#total = total;
    this.#check();
  }

  #check(): void {
    const { count, percentage } = this.#tolerance;
    const most = Math.min(
      count ?? (percentage === undefined ? 0 : Number.POSITIVE_INFINITY),
      percentage === undefined || percentage === 100 ? Number.POSITIVE_INFINITY : this.#share(percentage),
    );
    if (this.#failed <= most) return;
    throw new StateFailure(
      "States.ExceedToleratedFailureThreshold",
      "The specified tolerated failure threshold was exceeded",
    );
  }

  /** Items that a percentage stands for; as long as their number is open, only 0 % is known. */
  #share(percentage: number): number {
    if (percentage === 0) return 0;
    return this.#total === undefined ? Number.POSITIVE_INFINITY : (percentage * this.#total) / 100;
  }
}
