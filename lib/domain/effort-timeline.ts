import type { AttemptLogEntry } from "./record.ts";

/** The finest step; steps double whenever the run turns out to last longer than `mostSteps` of them. */
const firstStepMs = 100;
const mostSteps = 96;

/** What began within one step of a run. */
export interface EffortStep {
  /** Milliseconds since the first step of the run. */
  readonly from_ms: number;
  readonly attempts: number;
  /** Attempts after the first one of their pass. */
  readonly retries: number;
  /** First attempts of a pass after the task's first: another agent takes over. */
  readonly backups: number;
  /** Attempts that failed. */
  readonly failures: number;
}

/** The attempts of a run in equal steps of time. */
export interface EffortTimeline {
  readonly step_ms: number;
  /** Every step from the first attempt to the last, at most 96; empty where nothing was attempted. */
  readonly steps: readonly EffortStep[];
}

interface Counts {
  attempts: number;
  retries: number;
  backups: number;
  failures: number;
}

const noCounts = (): Counts => ({ attempts: 0, retries: 0, backups: 0, failures: 0 });

const addCounts = (to: Counts, from: Counts): void => {
  to.attempts += from.attempts;
  to.retries += from.retries;
  to.backups += from.backups;
  to.failures += from.failures;
};

/** Attempts counted by the time at which they began, in any order. */
class Timeline {
  #stepMs = firstStepMs;
  #byStep = new Map<number, Counts>();
  #first = Infinity;
  #last = -Infinity;

  add({ started_at, attempt, pass, error }: AttemptLogEntry): void {
    const at = Date.parse(started_at);
    if (Number.isNaN(at)) return;
    this.#first = Math.min(this.#first, Math.floor(at / this.#stepMs));
    this.#last = Math.max(this.#last, Math.floor(at / this.#stepMs));
    while (this.#last - this.#first >= mostSteps) this.#widen();
    const counts = this.#countsOf(Math.floor(at / this.#stepMs));
    counts.attempts += 1;
    if (attempt > 1) counts.retries += 1;
    if (attempt === 1 && pass > 1) counts.backups += 1;
    if (error !== undefined) counts.failures += 1;
  }

  timeline(): EffortTimeline {
    const length = this.#byStep.size === 0 ? 0 : this.#last - this.#first + 1;
    const steps = Array.from({ length }, (_, index) => ({
      from_ms: index * this.#stepMs,
      ...(this.#byStep.get(this.#first + index) ?? noCounts()),
    }));
    return { step_ms: this.#stepMs, steps };
  }

  #countsOf(step: number): Counts {
    const known = this.#byStep.get(step);
    if (known !== undefined) return known;
    const counts = noCounts();
    this.#byStep.set(step, counts);
    return counts;
  }

  #widen(): void {
    const finer = this.#byStep;
    this.#stepMs *= 2;
    this.#first = Math.floor(this.#first / 2);
    this.#last = Math.floor(this.#last / 2);
    this.#byStep = new Map();
    for (const [step, counts] of finer) addCounts(this.#countsOf(Math.floor(step / 2)), counts);
  }
}

/** Starts a timeline that holds at most 96 steps, however long the run was. */
export const createTimeline = (): Pick<Timeline, "add" | "timeline"> => new Timeline();
