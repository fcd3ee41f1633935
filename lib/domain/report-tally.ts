import { createTimeline, type EffortTimeline } from "./effort-timeline.ts";
import { createLogHistogram, type HistogramBin } from "./log-histogram.ts";
import type { TaskRecord } from "./record.ts";
import { createFailureSample, type FailedTask } from "./report-failures.ts";
import { createTally, isExecuted, type TallyTotals } from "./wave-metrics.ts";

/** Agents that a chart shows by name; more cannot be read. */
const namedAgents = 30;

/** What an agent, or the rest of them, had to do with in a run. */
export interface AgentEffort {
  /** null for the agents that are not shown by name. */
  readonly agent_id: string | null;
  /** How many agents this stands for: 1 where there is a name. */
  readonly agents: number;
  readonly completed: number;
  readonly failed: number;
  /** Tasks that went on to a backup agent. */
  readonly lost: number;
  readonly attempts: number;
  /** Milliseconds that attempts took, one after the other or side by side. */
  readonly busy_ms: number;
}

/** What the charts of a run are drawn from. */
export interface ReportFigures {
  readonly totals: TallyTotals;
  /** Times of the executed tasks. */
  readonly latencies: readonly HistogramBin[];
  readonly timeline: EffortTimeline;
  /** Those with most tasks by name, at most 30, then one entry for all others. */
  readonly agents: readonly AgentEffort[];
  readonly failures: readonly FailedTask[];
}

/** Figures that grow by one record at a time; they take memory by agents, not by tasks. */
interface ReportTally {
  add(record: TaskRecord): void;
  figures(): ReportFigures;
}

interface Work {
  attempts: number;
  busy_ms: number;
}

const triedBy = ({ completed, failed, lost }: AgentEffort): number => completed + failed + lost;

const joinAgents = (agents: readonly AgentEffort[]): AgentEffort => {
  const sum = (of: (agent: AgentEffort) => number): number => agents.reduce((total, agent) => total + of(agent), 0);
  return {
    agent_id: null,
    agents: agents.length,
    completed: sum(({ completed }) => completed),
    failed: sum(({ failed }) => failed),
    lost: sum(({ lost }) => lost),
    attempts: sum(({ attempts }) => attempts),
    busy_ms: sum(({ busy_ms }) => busy_ms),
  };
};

const rankAgents = (totals: TallyTotals, workOf: (id: string) => Work): readonly AgentEffort[] => {
  const ranked = totals.agents
    .map(({ agent_id, completed, failed, lost }): AgentEffort => {
      const { attempts, busy_ms } = workOf(agent_id);
      return { agent_id, agents: 1, completed, failed, lost, attempts, busy_ms };
    })
    .toSorted((a, b) => triedBy(b) - triedBy(a) || (String(a.agent_id) < String(b.agent_id) ? -1 : 1));
  const rest = ranked.slice(namedAgents);
  return rest.length === 0 ? ranked : [...ranked.slice(0, namedAgents), joinAgents(rest)];
};

/** Starts an empty tally for the charts of a report. */
export const createReportTally = (): ReportTally => {
  const totals = createTally();
  const histogram = createLogHistogram();
  const timeline = createTimeline();
  const failures = createFailureSample();
  const work = new Map<string, Work>();
  const workOf = (id: string): Work => work.get(id) ?? { attempts: 0, busy_ms: 0 };
  return {
    add: (record) => {
      totals.add(record);
      failures.add(record);
      if (isExecuted(record)) histogram.add(record.duration_ms);
      for (const entry of record.attempt_log) {
        timeline.add(entry);
        const { attempts, busy_ms } = workOf(entry.agent_id);
        work.set(entry.agent_id, { attempts: attempts + 1, busy_ms: busy_ms + entry.duration_ms });
      }
    },
    figures: () => ({
      totals,
      latencies: histogram.bins(),
      timeline: timeline.timeline(),
      agents: rankAgents(totals, workOf),
      failures: failures.tasks(),
    }),
  };
};
