import type { InvocationResult } from "./lambda-runtime.ts";
import type { ResolvedResource } from "./template.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

/** Lambda tries an event that a function failed on twice again. */
const ATTEMPTS = 3;

/** Node's timers fire at once when asked for more, about 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

interface Schedule {
  readonly intervalMs: number;
  /** ARN of the function. */
  readonly target: string;
  /** JSON text. */
  readonly input: string;
}

/** Rings once after so many milliseconds, unless the function it returns is called before. */
export type StartTimer = (milliseconds: number, ring: () => void) => () => void;

/** The machine's timers; they keep no process alive. */
const startNodeTimer: StartTimer = (milliseconds, ring) => {
  const timer = setTimeout(ring, milliseconds).unref();
  return () => clearTimeout(timer);
};

/**
 * Runs the template's schedules: each calls its function one interval after the start for the first time, and then again and again,
 * whether the call before has ended or not. What a function fails on three times is told to `onError` and forgotten.
 *
 * @throws UnsupportedLocallyError for `cron` and `at`, time windows, start and end dates, and context attributes in the input
 */
export const startSchedules = (
  resources: readonly ResolvedResource[],
  invoke: (arn: string, payload: string) => Promise<InvocationResult>,
  onError: (target: string, message: string) => void,
  startTimer: StartTimer = startNodeTimer,
): { readonly stop: () => void } => {
  const timers = new Set<() => void>();
  let stopped = false;
  const after = (milliseconds: number, ring: () => void): void => {
    if (stopped) return;
    const cancel = startTimer(milliseconds, () => {
      timers.delete(cancel);
      ring();
    });
    timers.add(cancel);
  };
  const call = async (schedule: Schedule, attempt: number): Promise<void> => {
    const { target, input } = schedule;
    const fault = await invoke(target, input).then(faultOf, String);
    if (fault === undefined) return;
    if (attempt === ATTEMPTS) onError(target, fault);
    else after(100 * attempt, () => void call(schedule, attempt + 1));
  };
  const repeat = (schedule: Schedule): void =>
    after(schedule.intervalMs, () => {
      repeat(schedule);
      void call(schedule, 1);
    });
  const schedules = resources.filter(({ type }) => type === "AWS::Scheduler::Schedule").flatMap(readSchedule);
  for (const schedule of schedules) repeat(schedule);
  return {
    stop: () => {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
};

const faultOf = (result: InvocationResult): string | undefined =>
  "functionError" in result ? `${result.errorType}: ${result.errorMessage}` : undefined;

const readSchedule = ({ logicalId, properties }: ResolvedResource): readonly Schedule[] => {
  const { ScheduleExpression, FlexibleTimeWindow, Target, State, StartDate, EndDate } = properties() as {
    readonly ScheduleExpression: string;
    readonly FlexibleTimeWindow: { readonly Mode: "OFF" | "FLEXIBLE" };
    readonly Target: { readonly Arn: string; readonly Input?: string };
    readonly State?: "ENABLED" | "DISABLED";
    readonly StartDate?: string;
    readonly EndDate?: string;
  };
  const intervalMs = intervalOf(ScheduleExpression, logicalId);
  const { Arn, Input = "{}" } = Target;
  const unsupported = [
    FlexibleTimeWindow.Mode !== "OFF" && "a flexible time window",
    (StartDate ?? EndDate) !== undefined && "a start or end date",
    Input.includes("<aws.scheduler.") && "context attributes in the input",
    !Arn.startsWith("arn:aws:lambda:") && `the target ${Arn}`,
  ].find((what) => what !== false);
  if (unsupported !== undefined) {
    throw new UnsupportedLocallyError(`${logicalId}: the embedded cloud's schedules do not support ${unsupported}`);
  }
  return State === "DISABLED" ? [] : [{ intervalMs, target: Arn, input: Input }];
};

const intervalOf = (expression: string, logicalId: string): number => {
  const [, count, unit] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/u.exec(expression) ?? [];
  const intervalMs = Number(count) * unitMs[unit as keyof typeof unitMs];
  if (intervalMs <= LONGEST_TIMER_MS) return intervalMs;
  throw new UnsupportedLocallyError(
    `${logicalId}: expected a schedule such as rate(5 minutes) of at most 24 days, received ${expression}`,
  );
};
