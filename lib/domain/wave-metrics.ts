import type { AgentState } from "./agent.ts";
import { addPrediction, createPredictionTally, mergePredictions, type PredictionTally } from "./calibration.ts";
import { healthComponents, type HealthComponents } from "./health.ts";
import type { TaskRecord, TerminalReason, TerminalStatus } from "./record.ts";

/** What one agent did in a wave or a run. */
export interface AgentTally {
  readonly agent_id: string;
  /** Executed tasks whose last attempt was on this agent. */
  readonly assigned: number;
  readonly completed: number;
  readonly failed: number;
  /** Passes on this agent after which the task went on to another one. */
  readonly lost: number;
  /** Sum of |predicted − actual| over the assigned tasks. */
  readonly delta_sum: number;
  /** Epoch milliseconds at which the agent's last attempt ended; 0 where none did. */
  readonly last_finish_ms: number;
}

/** Sums over the terminal records of a wave or a run: numbers only, so they survive JSON and can be merged. */
export interface TallyTotals {
  readonly tasks: number;
  readonly by_status: Readonly<Record<TerminalStatus, number>>;
  readonly by_reason: Readonly<Record<TerminalReason, number>>;
  readonly attempts: number;
  /** Attempts after the first one of their pass. */
  readonly retries: number;
  /** Passes after the first one of their task. */
  readonly reassignments: number;
  /** Tasks with at least one attempt. */
  readonly executed: number;
  /** Sum of |predicted − actual| over the executed tasks, actual being 1 for COMPLETED, else 0. */
  readonly delta_sum: number;
  readonly cost_usd: number;
  readonly tokens: number;
  /** In order of first appearance. */
  readonly agents: readonly AgentTally[];
  readonly predictions: PredictionTally;
}

/** Sums that grow by one record at a time. */
export interface WaveTally extends TallyTotals {
  add(record: TaskRecord): void;
  /** Adds the sums of another wave, also when they come out of JSON. */
  merge(other: TallyTotals): void;
  /** The agent's sums so far; zeros where it did nothing. */
  agent(id: string): AgentTally;
}

/** A record of a task that an agent worked on. */
type ExecutedRecord = TaskRecord & { readonly agent_id: string };

type Growing<T> = { -readonly [K in keyof T]: T[K] };

/** Whether an agent worked on the task at all: only such a task says something about its prediction and its agent. */
export const isExecuted = (record: TaskRecord): record is ExecutedRecord =>
  record.attempts > 0 && record.agent_id !== null;

/** |predicted − actual| of one record, actual being 1 for COMPLETED, else 0 (SPEC F2). */
export const predictionDelta = (record: TaskRecord): number =>
  Math.abs(record.predicted_success_rate - (record.status === "COMPLETED" ? 1 : 0));

/** Mean of |predicted − actual| over the executed tasks, 0 where none was executed. */
export const meanDelta = (totals: TallyTotals): number =>
  totals.executed === 0 ? 0 : totals.delta_sum / totals.executed;

const emptyAgent = (agent_id: string): Growing<AgentTally> => ({
  agent_id,
  assigned: 0,
  completed: 0,
  failed: 0,
  lost: 0,
  delta_sum: 0,
  last_finish_ms: 0,
});

class Tally implements WaveTally {
  tasks = 0;
  readonly by_status: Record<TerminalStatus, number> = { COMPLETED: 0, FAILED: 0, BLOCKED: 0, SKIPPED: 0 };
  readonly by_reason: Record<TerminalReason, number> = {
    retries_exhausted: 0,
    permanent: 0,
    timed_out: 0,
    agent_offline: 0,
    unassignable: 0,
    blocked_by_gate: 0,
    cycle: 0,
    unknown_dependency: 0,
    dependency_failed: 0,
    cancelled: 0,
    budget_exhausted: 0,
  };
  attempts = 0;
  retries = 0;
  reassignments = 0;
  executed = 0;
  delta_sum = 0;
  cost_usd = 0;
  tokens = 0;
  readonly agents: Growing<AgentTally>[] = [];
  readonly predictions = createPredictionTally();
  readonly #agentOf = new Map<string, Growing<AgentTally>>();

  add(record: TaskRecord): void {
    this.tasks += 1;
    this.by_status[record.status] += 1;
    if (record.reason !== null) this.by_reason[record.reason] += 1;
    this.attempts += record.attempts;
    this.reassignments += Math.max(0, record.passes - 1);
    this.#addAttempts(record);
    if (isExecuted(record)) this.#addOutcome(record);
  }

  merge(other: TallyTotals): void {
    this.tasks += other.tasks;
    this.attempts += other.attempts;
    this.retries += other.retries;
    this.reassignments += other.reassignments;
    this.executed += other.executed;
    this.delta_sum += other.delta_sum;
    this.cost_usd += other.cost_usd;
    this.tokens += other.tokens;
    addCounts(this.by_status, other.by_status);
    addCounts(this.by_reason, other.by_reason);
    mergePredictions(this.predictions, other.predictions);
    for (const added of other.agents) {
      const agent = this.#growingAgent(added.agent_id);
      agent.assigned += added.assigned;
      agent.completed += added.completed;
      agent.failed += added.failed;
      agent.lost += added.lost;
      agent.delta_sum += added.delta_sum;
      agent.last_finish_ms = Math.max(agent.last_finish_ms, added.last_finish_ms);
    }
  }

  agent(id: string): AgentTally {
    return this.#agentOf.get(id) ?? emptyAgent(id);
  }

  #growingAgent(id: string): Growing<AgentTally> {
    const known = this.#agentOf.get(id);
    if (known !== undefined) return known;
    const agent = emptyAgent(id);
    this.#agentOf.set(id, agent);
    this.agents.push(agent);
    return agent;
  }

  #addAttempts(record: TaskRecord): void {
    let passes = 0;
    let lastPass: number | undefined;
    let lastAgent: Growing<AgentTally> | undefined;
    for (const entry of record.attempt_log) {
      const agent = this.#growingAgent(entry.agent_id);
      const finish = Date.parse(entry.started_at) + entry.duration_ms;
      if (finish > agent.last_finish_ms) agent.last_finish_ms = finish;
      this.cost_usd += entry.cost_usd ?? 0;
      this.tokens += entry.tokens ?? 0;
      if (entry.pass !== lastPass) passes += 1;
      if (lastAgent !== undefined && lastAgent !== agent) lastAgent.lost += 1;
      lastPass = entry.pass;
      lastAgent = agent;
    }
    this.retries += Math.max(0, record.attempts - passes);
  }

  #addOutcome(record: ExecutedRecord): void {
    const completed = record.status === "COMPLETED";
    const delta = predictionDelta(record);
    const agent = this.#growingAgent(record.agent_id);
    this.executed += 1;
    this.delta_sum += delta;
    addPrediction(this.predictions, record.predicted_success_rate, completed);
    agent.assigned += 1;
    agent.delta_sum += delta;
    if (completed) agent.completed += 1;
    if (record.status === "FAILED") agent.failed += 1;
  }
}

const addCounts = <Key extends string>(counts: Record<Key, number>, added: Readonly<Record<Key, number>>): void => {
  for (const key in counts) counts[key] += added[key];
};

/** An empty tally, or one that goes on from saved sums. */
export const createTally = (saved?: TallyTotals): WaveTally => {
  const tally = new Tally();
  if (saved !== undefined) tally.merge(saved);
  return tally;
};

/** The health of a wave or a run out of its sums and the fleet as it stands (SPEC H1). */
export const tallyMetrics = (totals: TallyTotals, agents: readonly AgentState[]): HealthComponents => {
  const executed = new Map(totals.agents.map((agent) => [agent.agent_id, agent.assigned]));
  const online = agents.filter((agent) => agent.online);
  return healthComponents({
    tasks: totals.tasks,
    completed: totals.by_status.COMPLETED,
    onlineAgents: online.length,
    agents: agents.length,
    meanDelta: meanDelta(totals),
    loads: online.map((agent) => executed.get(agent.id) ?? 0),
  });
};
