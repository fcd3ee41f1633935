import type { Endpoint } from "./agent.ts";
import { retryDelays } from "./retry-policy.ts";
import type { RunConfig } from "./run-config.ts";
import type { Task } from "./task.ts";

/** What is expected of the attempts at a task on its agent, before it has run. */
export interface Expectation {
  /** Chance that one of them runs to its end, 0..1. */
  readonly answered: number;
  /** Added to the predicted success rate of an attempt that does, -1..1. */
  readonly bias: number;
  /** Mean number of attempts over all passes. */
  readonly attempts: number;
  /** Chance that a pass leaves it to a backup, 0..1. */
  readonly leftOver: number;
  /** Chance that an attempt takes the whole time limit, 0..1. */
  readonly hangs: number;
  /** Chance that an attempt fails in passing and is made again, 0..1. */
  readonly retried: number;
}

type Settings = Pick<RunConfig, "retry_strategy" | "max_retries" | "max_passes" | "task_timeout_seconds">;

/** How long an attempt at a task with such constraints may take, in seconds. */
export const timeoutSecondsOf = (
  config: Pick<RunConfig, "task_timeout_seconds">,
  { timeout_seconds: own = Number.POSITIVE_INFINITY }: Pick<Task["constraints"], "timeout_seconds">,
): number => Math.min(config.task_timeout_seconds, own);

/** Sum of the first `count` powers of `ratio`, from 1 on. */
const geometric = (ratio: number, count: number): number => (ratio === 1 ? count : (1 - ratio ** count) / (1 - ratio));

/**
 * What comes of the attempts at a task with such constraints. Attempts that fail in passing are made again up to the task's retries,
 * and then on a backup of the same kind up to the run's passes. Only simulated agents say how often that happens: of the others it is
 * taken that every attempt runs to its end.
 */
export const expectAttempts = (
  endpoint: Endpoint,
  config: Settings,
  constraints: Pick<Task["constraints"], "timeout_seconds" | "max_retries">,
): Expectation => {
  if (endpoint.kind !== "simulated") return { answered: 1, bias: 0, attempts: 1, leftOver: 0, hangs: 0, retried: 0 };
  const { bias, crash_rate, hang_rate, latency_ms, transient_rate } = endpoint;
  const timeoutSeconds = timeoutSecondsOf(config, constraints);
  const lives = latency_ms >= timeoutSeconds * 1_000 ? 0 : (1 - crash_rate) * (1 - hang_rate);
  const retried = lives * transient_rate;
  const retries = Math.min(config.max_retries, constraints.max_retries ?? Number.POSITIVE_INFINITY);
  const tries = geometric(retried, retryDelays(config.retry_strategy, retries).length + 1);
  const answered = lives * (1 - transient_rate) * tries;
  const passes = geometric(1 - answered, config.max_passes);
  return {
    answered: answered * passes,
    bias,
    attempts: tries * passes,
    leftOver: 1 - answered,
    hangs: (1 - crash_rate) * hang_rate,
    retried,
  };
};

/** Chance that a task ends COMPLETED, 0..1: a prediction speaks of an attempt that runs to its end. */
export const expectSuccess = ({ answered, bias }: Expectation, predicted: number): number =>
  answered * Math.min(1, Math.max(0, predicted + bias));
