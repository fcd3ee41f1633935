import type { Anomaly } from "./anomalies.ts";
import type { JsonObject } from "./json.ts";
import type { TaskRecord } from "./record.ts";
import { cutText } from "./report-figures.ts";
import { observePatterns } from "./report-observations.ts";
import { recommend, type AdviceInput } from "./report-recommendations.ts";
import { round } from "./round.ts";
import type { RunConfig } from "./run-config.ts";
import type { Signal, SignalType, TargetPhase } from "./signal.ts";
import { signalId } from "./task-signal-ids.ts";
import { isExecuted, meanDelta, predictionDelta, type TallyTotals, type WaveTally } from "./wave-metrics.ts";

/** What every signal of a wave shares; `feedback` says which phases are told at all. */
interface SignalContext {
  readonly run_id: string;
  readonly wave: number;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly feedback: Pick<RunConfig["feedback"], "phase_16" | "phase_18" | "phase_20">;
}

/** A finished wave, for the signals that speak of all of it. */
interface WaveSignalInput extends AdviceInput {
  readonly anomalies: readonly Anomaly[];
}

const phaseOf: Readonly<Record<SignalType, TargetPhase>> = {
  agent_performance: 18,
  prediction_validation: 20,
  multi_agent_coordination: 18,
  heuristic_feedback: 16,
};

/** Agents in one load_distribution, by the bytes of their entries: with the envelope it stays below 64 KiB. */
const maxLoadBytes = 60_000;

/** What heuristic_feedback quotes of each list at most. */
const maxSentences = 20;

/** Without the last bits of a subtraction: 1 − 0.9 is written 0.1. */
const exact = (value: number): number => round(value, 12);

const createSignal = (
  type: SignalType,
  taskId: string,
  delta: number,
  content: JsonObject,
  context: SignalContext,
): Signal => ({
  signal_id: signalId(context.run_id, context.wave, taskId, type),
  signal_type: type,
  target_phase: phaseOf[type],
  content,
  confidence: exact(1 - delta),
  wave: context.wave,
  run_id: context.run_id,
  schema_version: 1,
  timestamp: context.timestamp,
});

/**
 * The signals of one terminal record (SPEC F2): none where nothing was executed. `tally` holds the wave's sums, the record
 * included, since agent_performance tells how its agent did in the whole wave.
 */
export const taskSignals = (record: TaskRecord, tally: Pick<WaveTally, "agent">, context: SignalContext): Signal[] => {
  if (!isExecuted(record)) return [];
  const { task_id, agent_id, predicted_success_rate: predicted } = record;
  const delta = exact(predictionDelta(record));
  const success = record.status === "COMPLETED";
  const signals: Signal[] = [];
  if (context.feedback.phase_18) {
    const { assigned, completed } = tally.agent(agent_id);
    const content = {
      agent_id,
      success,
      assigned_tasks: assigned,
      completed_tasks: completed,
      success_rate: assigned === 0 ? 0 : exact(completed / assigned),
    };
    signals.push(createSignal("agent_performance", task_id, delta, content, context));
  }
  if (context.feedback.phase_20) {
    const content = {
      task_id,
      predicted_success: predicted,
      actual_success: success ? 1 : 0,
      delta,
      agent_id,
      wave: context.wave,
    };
    signals.push(createSignal("prediction_validation", task_id, delta, content, context));
  }
  return signals;
};

/**
 * Executed tasks by agent, idle ones of the fleet included. Fleets too large for one message name the agents with most
 * tasks; the rest is one sum under "(others)", which no agent id can be.
 */
const loadDistribution = ({ totals, agents }: AdviceInput): JsonObject => {
  const loads = new Map(agents.map((agent) => [agent.id, 0]));
  for (const { agent_id, assigned } of totals.agents) loads.set(agent_id, assigned);
  const busiestFirst = [...loads].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const named: (readonly [string, number])[] = [];
  let bytes = 0;
  let others = 0;
  for (const [id, load] of busiestFirst) {
    bytes += `"${id}":${load},`.length;
    if (bytes <= maxLoadBytes) named.push([id, load]);
    else others += load;
  }
  named.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(bytes <= maxLoadBytes ? named : [...named, ["(others)", others]]);
};

/** Milliseconds between the end of the first agent's last attempt and that of the last agent's (SPEC F2). */
const synchronizationTime = (totals: TallyTotals): number => {
  const finishes = totals.agents.map((agent) => agent.last_finish_ms).filter((finish) => finish > 0);
  const last = finishes.reduce((latest, finish) => Math.max(latest, finish), 0);
  return Math.round(last - finishes.reduce((earliest, finish) => Math.min(earliest, finish), last));
};

/** The signals of a whole wave (SPEC F2): multi_agent_coordination, and heuristic_feedback where phase 16 is switched on. */
export const waveSignals = (input: WaveSignalInput, context: SignalContext): Signal[] => {
  const delta = exact(meanDelta(input.totals));
  const signals: Signal[] = [];
  if (context.feedback.phase_18) {
    const content = {
      total_agents: input.agents.length,
      load_distribution: loadDistribution(input),
      synchronization_time: synchronizationTime(input.totals),
    };
    signals.push(createSignal("multi_agent_coordination", "", delta, content, context));
  }
  if (context.feedback.phase_16) {
    const content = {
      pattern_observations: observePatterns(input),
      anomalies_detected: input.anomalies.slice(0, maxSentences).map(({ message }) => cutText(message)),
      recommendations: recommend(input),
    };
    signals.push(createSignal("heuristic_feedback", "", delta, content, context));
  }
  return signals;
};
