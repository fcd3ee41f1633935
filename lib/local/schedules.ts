import type { InvocationResult } from "./lambda-runtime.ts";
import { LONGEST_TIMER_MS, type NextDue, readScheduleExpression } from "./schedule-expression.ts";
import type { ResolvedResource } from "./template.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

/** Lambda tries an event that a function failed on twice again. */
const ATTEMPTS = 3;

const SCHEDULED_TIME = "<aws.scheduler.scheduled-time>";
const EXECUTION_ID = "<aws.scheduler.execution-id>";
const attributes = [SCHEDULED_TIME, EXECUTION_ID];

interface Schedule {
  readonly nextDue: NextDue;
  /** ARN of the function. */
  readonly target: string;
  /** JSON text, with context attributes in it. */
  readonly input: string;
}

/** Rings once after so many milliseconds, unless the function it returns is called before. */
export type StartTimer = (milliseconds: number, ring: () => void) => () => void;

/** What schedules go by. */
export interface ScheduleClock {
  /** Epoch ms. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

/** The machine's time and timers; they keep no process alive. */
const machineClock: ScheduleClock = {
  now: Date.now,
  startTimer: (milliseconds, ring) => {
    const timer = setTimeout(ring, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Runs the template's schedules: each calls its function whenever it is due, a rate one interval after the start for the first time,
 * whether the call before has ended or not. What a function fails on three times is told to `onError` and forgotten.
 *
 * @throws UnsupportedLocallyError for `at`, time zones, time windows, start and end dates, and context attributes other than
 * scheduled-time and execution-id in the input
 */
export const startSchedules = (
  resources: readonly ResolvedResource[],
  invoke: (arn: string, payload: string) => Promise<InvocationResult>,
  onError: (target: string, message: string) => void,
  { now, startTimer }: ScheduleClock = machineClock,
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
  const call = async (schedule: Schedule, due: number, attempt: number): Promise<void> => {
    const { target, input } = schedule;
    const fault = await invoke(target, fillIn(input, due)).then(faultOf, String);
    if (fault === undefined) return;
    if (attempt === ATTEMPTS) onError(target, fault);
    else after(100 * attempt, () => void call(schedule, due, attempt + 1));
  };
  const waitFor = (schedule: Schedule, due: number): void => {
    const milliseconds = Math.max(0, due - now());
    if (milliseconds > LONGEST_TIMER_MS) return after(LONGEST_TIMER_MS, () => waitFor(schedule, due));
    after(milliseconds, () => {
      // A timer may ring early; and what a machine slept through is not made good.
      repeat(schedule, Math.max(due, now()));
      void call(schedule, due, 1);
    });
  };
  const repeat = (schedule: Schedule, from: number): void => {
    const due = schedule.nextDue(from);
    if (due !== undefined) waitFor(schedule, due);
  };
  const schedules = resources.filter(({ type }) => type === "AWS::Scheduler::Schedule").flatMap(readSchedule);
  for (const schedule of schedules) repeat(schedule, now());
  return {
    stop: () => {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
};

/** Puts a call's context attributes into its input: when it was due, to the second, and an id of its own. */
const fillIn = (input: string, due: number): string =>
  input
    .replaceAll(SCHEDULED_TIME, new Date(due).toISOString().replace(/\.\d+Z$/u, "Z"))
    .replaceAll(EXECUTION_ID, () => crypto.randomUUID().replaceAll("-", "").slice(0, 16));

const faultOf = (result: InvocationResult): string | undefined =>
  "functionError" in result ? `${result.errorType}: ${result.errorMessage}` : undefined;

const readSchedule = ({ logicalId, properties }: ResolvedResource): readonly Schedule[] => {
  const {
    ScheduleExpression,
    ScheduleExpressionTimezone = "UTC",
    FlexibleTimeWindow,
    Target,
    State,
    StartDate,
    EndDate,
  } = properties() as {
    readonly ScheduleExpression: string;
    readonly ScheduleExpressionTimezone?: string;
    readonly FlexibleTimeWindow: { readonly Mode: "OFF" | "FLEXIBLE" };
    readonly Target: { readonly Arn: string; readonly Input?: string };
    readonly State?: "ENABLED" | "DISABLED";
    readonly StartDate?: string;
    readonly EndDate?: string;
  };
  const nextDue = readScheduleExpression(ScheduleExpression, logicalId);
  const { Arn, Input = "{}" } = Target;
  const attribute = Input.match(/<aws\.scheduler\.[^>]*>?/gu)?.find((name) => !attributes.includes(name));
  const unsupported = [
    FlexibleTimeWindow.Mode !== "OFF" && "a flexible time window",
    (StartDate ?? EndDate) !== undefined && "a start or end date",
    !["UTC", "Etc/UTC"].includes(ScheduleExpressionTimezone) && `the time zone ${ScheduleExpressionTimezone}`,
    attribute !== undefined && `${attribute} in the input`,
    !Arn.startsWith("arn:aws:lambda:") && `the target ${Arn}`,
  ].find((what) => what !== false);
  if (unsupported !== undefined) {
    throw new UnsupportedLocallyError(`${logicalId}: the embedded cloud's schedules do not support ${unsupported}`);
  }
  return State === "DISABLED" ? [] : [{ nextDue, target: Arn, input: Input }];
};
