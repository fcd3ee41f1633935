import type { JsonValue } from "./json.ts";
import type { TaskRecord, TerminalReason, TerminalStatus } from "./record.ts";
import type { Rejection } from "./rejection.ts";
import { countOf, listNames } from "./report-figures.ts";
import { round } from "./round.ts";
import type { Signal } from "./signal.ts";
import type { DependencyStory, StoryFacts } from "./story-facts.ts";
import { storyHeadline } from "./story-headline.ts";
import { type PassStory, storyPasses } from "./story-passes.ts";
import type { Task } from "./task.ts";
import { isExecuted, predictionDelta } from "./wave-metrics.ts";

/** The whole story of a task: only what stands in the records, and what they do not say. */
export interface TaskStory {
  readonly run_id: string;
  readonly task_id: string;
  /** `UNFINISHED`: the run has not ended the task yet. */
  readonly status: TerminalStatus | "REJECTED" | "UNFINISHED";
  readonly reason: TerminalReason | null;
  /** One sentence. */
  readonly headline: string;
  readonly prediction: {
    readonly success_rate: number;
    /** null where the prediction is out of reach. */
    readonly confidence: number | null;
    /** null where no agent worked on the task: then nothing is held against the prediction. */
    readonly actual: 0 | 1 | null;
    /** |predicted − actual| */
    readonly delta: number | null;
  } | null;
  /** What the task wants of the run; null where that is out of reach. */
  readonly asked: Omit<Task, "task_id" | "success_rate" | "confidence" | "payload"> | null;
  readonly wave: { readonly number: number | null; readonly why: readonly string[] };
  readonly passes: readonly PassStory[];
  readonly gates: readonly string[];
  readonly dependencies: readonly DependencyStory[];
  readonly outcome: {
    readonly agent_id: string | null;
    readonly passes: number;
    readonly attempts: number;
    readonly duration_ms: number;
    readonly error?: string;
    readonly output?: JsonValue;
    readonly output_key?: string;
  } | null;
  readonly signals: readonly Signal[];
  readonly rejected: readonly Rejection[];
  /** What the records at hand do not say. */
  readonly unknown: readonly string[];
}

const tellPrediction = ({ record, planned }: StoryFacts): TaskStory["prediction"] => {
  const success_rate = record?.predicted_success_rate ?? planned?.task.success_rate;
  if (success_rate === undefined) return null;
  const judged = record !== undefined && isExecuted(record);
  return {
    success_rate,
    confidence: planned?.task.confidence ?? null,
    actual: judged ? (record.status === "COMPLETED" ? 1 : 0) : null,
    delta: judged ? round(predictionDelta(record), 12) : null,
  };
};

const tellAsked = ({ planned }: StoryFacts): TaskStory["asked"] => {
  if (planned === undefined) return null;
  const { task_id: _id, success_rate: _rate, confidence: _confidence, payload: _payload, ...asked } = planned.task;
  return asked;
};

const tellWave = ({ record, planned, dependencies }: StoryFacts): TaskStory["wave"] => {
  const number = planned?.wave ?? record?.wave ?? null;
  if (record !== undefined && ["cycle", "unknown_dependency"].includes(record.reason ?? ""))
    return { number: null, why: ["planning gave it none, since it can never run"] };
  if (planned === undefined) return { number, why: [] };
  const { wave, resources } = planned.task;
  const why = [
    wave === undefined
      ? "no wave was asked for: tasks are dealt out in equal parts in the order of the file"
      : `wave ${wave} was asked for`,
  ];
  const before = dependencies.map(({ task_id, wave: of }) => `${task_id} (wave ${of ?? "not known"})`);
  if (before.length > 0) why.push(`it comes after the tasks that it depends on: ${listNames(before)}`);
  if (resources.length > 0) why.push(`no other task of its wave may have ${listNames(resources)}`);
  return { number, why };
};

const refusal = /(?:^|; then )((?:phase 13 gate|gate [1-4]): .*)$/u;

const tellGates = ({ record }: StoryFacts, passes: readonly PassStory[]): readonly string[] => {
  const attempts = passes.reduce((sum, pass) => sum + pass.attempts.length, 0);
  const refused = [...passes.map(({ error }) => error), record?.error].flatMap((error) => {
    const found = refusal.exec(error ?? "")?.[1];
    return found === undefined ? [] : [`refused by ${found}`];
  });
  const passed =
    attempts === 0 ? [] : [`passed before ${attempts === 1 ? "the attempt" : `each of ${attempts} attempts`}`];
  return [...passed, ...new Set(refused)];
};

const tellOutcome = (record: TaskRecord | undefined): TaskStory["outcome"] => {
  if (record === undefined) return null;
  const { agent_id, passes, attempts, duration_ms, error, output, output_key } = record;
  return {
    agent_id,
    passes,
    attempts,
    duration_ms,
    ...(error !== undefined && { error }),
    ...(output !== undefined && { output }),
    ...(output_key !== undefined && { output_key }),
  };
};

const tellUnknown = (facts: StoryFacts, passes: readonly PassStory[]): readonly string[] => {
  const { record, planned, assignments } = facts;
  if (record === undefined) return [];
  const unknown: string[] = [];
  if (planned === undefined && record.wave !== null)
    unknown.push("what the task asked for, and why it is in its wave: the plan is out of reach");
  if (passes.some(({ decision }) => Object.keys(decision?.passed_over ?? {}).length > 0))
    unknown.push("which agents were passed over: the records hold counts only");
  if (assignments === undefined && record.passes > 1)
    unknown.push("why the passes before the last chose their agents: a task's record holds the last choice");
  const told = passes.filter(({ pass }) => pass !== null).length;
  if (record.passes > told)
    unknown.push(`what happened in ${countOf(record.passes - told, "pass", "passes")} that left no attempt`);
  return unknown;
};

/** Tells the story of one task from what the records say of it. */
export const tellStory = (facts: StoryFacts): TaskStory => {
  const { run_id, task_id, record, dependencies, signals, rejected } = facts;
  const passes = storyPasses(facts);
  return {
    run_id,
    task_id,
    status: record?.status ?? (rejected.length > 0 ? "REJECTED" : "UNFINISHED"),
    reason: record?.reason ?? null,
    headline: storyHeadline(facts),
    prediction: tellPrediction(facts),
    asked: tellAsked(facts),
    wave: tellWave(facts),
    passes,
    gates: tellGates(facts, passes),
    dependencies,
    outcome: tellOutcome(record),
    signals,
    rejected,
    unknown: tellUnknown(facts, passes),
  };
};
