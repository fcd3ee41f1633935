import type { EndingChanges } from "./ending-changes.ts";
import { round } from "./round.ts";
import type { RunConfig } from "./run-config.ts";
import type { MetricsSummary, SystemHealth } from "./summary.ts";
import type { AgentTally, TallyTotals } from "./wave-metrics.ts";

/** A run as it is compared. */
export interface ComparedRun {
  readonly summary: MetricsSummary;
  readonly health: SystemHealth;
  readonly totals: Pick<TallyTotals, "agents" | "cost_usd" | "tokens">;
  /** undefined where it is out of reach. */
  readonly config: RunConfig | undefined;
}

/** A figure of two runs; null where a run does not have it. */
export interface ComparedFigure {
  readonly figure: string;
  readonly a: number | null;
  readonly b: number | null;
  /** b − a; null where one is missing. */
  readonly difference: number | null;
}

/** What an agent of both runs completed of what it executed. */
interface AgentChange {
  readonly agent_id: string;
  readonly a: Pick<AgentTally, "assigned" | "completed">;
  readonly b: Pick<AgentTally, "assigned" | "completed">;
  /** Of the success rates, b − a, −1..1. */
  readonly difference: number;
}

/** A setting that two runs do not share; null where a run does not have it. */
interface SettingChange {
  readonly setting: string;
  readonly a: string | null;
  readonly b: string | null;
}

/** Two runs side by side. */
export interface RunComparison {
  readonly a: string;
  readonly b: string;
  readonly figures: readonly ComparedFigure[];
  /** Those that executed something in both runs, the largest change first; at most ten. */
  readonly agents: readonly AgentChange[];
  readonly endings: EndingChanges;
  readonly settings: readonly SettingChange[];
  /** false: only the settings that the summaries name could be compared. */
  readonly all_settings_known: boolean;
}

const MAX_AGENTS = 10;

const figuresOf = ({ summary, health, totals }: ComparedRun): Readonly<Record<string, number | null>> => ({
  "health score": health.health_score,
  "health: success": health.components.success_rate,
  "health: availability": health.components.availability,
  "health: accuracy": health.components.accuracy,
  "health: load balance": health.components.load_balance,
  tasks: summary.tasks.total,
  completed: summary.tasks.completed,
  failed: summary.tasks.failed,
  blocked: summary.tasks.blocked,
  skipped: summary.tasks.skipped,
  "success rate": summary.success_rate,
  attempts: summary.attempts,
  retries: summary.retries,
  reassignments: summary.reassignments,
  "latency p50 ms": summary.latency_ms.p50,
  "latency p95 ms": summary.latency_ms.p95,
  "latency p99 ms": summary.latency_ms.p99,
  "duration s": summary.duration_seconds,
  "tasks per second": summary.throughput_tasks_per_second,
  "cost usd": round(totals.cost_usd, 6),
  tokens: totals.tokens,
  "Brier score": summary.calibration.brier,
  "calibration error": summary.calibration.ece,
  "rejected lines": summary.rejected_lines,
});

const compareFigures = (a: ComparedRun, b: ComparedRun): readonly ComparedFigure[] => {
  const others = figuresOf(b);
  return Object.entries(figuresOf(a)).map(([figure, left]) => {
    const right = others[figure] as number | null;
    return { figure, a: left, b: right, difference: left === null || right === null ? null : round(right - left, 6) };
  });
};

const compareAgents = (a: ComparedRun, b: ComparedRun): readonly AgentChange[] => {
  const before = new Map(a.totals.agents.map((agent) => [agent.agent_id, agent]));
  const changes = b.totals.agents.flatMap((agent): readonly AgentChange[] => {
    const other = before.get(agent.agent_id);
    if (other === undefined || other.assigned === 0 || agent.assigned === 0) return [];
    const difference = round(agent.completed / agent.assigned - other.completed / other.assigned, 4);
    return [
      {
        agent_id: agent.agent_id,
        a: { assigned: other.assigned, completed: other.completed },
        b: { assigned: agent.assigned, completed: agent.completed },
        difference,
      },
    ];
  });
  return changes
    .filter(({ difference }) => difference !== 0)
    .toSorted((x, y) => Math.abs(y.difference) - Math.abs(x.difference) || (x.agent_id < y.agent_id ? -1 : 1))
    .slice(0, MAX_AGENTS);
};

/** Settings by their names, `feedback.phase_16` for what stands within another. */
const flatten = (settings: object, prefix = ""): readonly (readonly [string, string])[] =>
  Object.entries(settings).flatMap(([name, value]: readonly [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? flatten(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, typeof value === "string" ? value : JSON.stringify(value)] as const],
  );

const settingsOf = ({ summary, config }: ComparedRun, all: boolean): ReadonlyMap<string, string> => {
  const { strategy, retry_strategy, agents, waves } = summary;
  return new Map(flatten({ ...(all ? config : { strategy, retry_strategy }), agents, waves }));
};

const compareSettings = (a: ComparedRun, b: ComparedRun, all: boolean): readonly SettingChange[] => {
  const [before, after] = [settingsOf(a, all), settingsOf(b, all)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((setting) => ({ setting, a: before.get(setting) ?? null, b: after.get(setting) ?? null }))
    .filter((change) => change.a !== change.b);
};

/** Puts two runs side by side. */
export const compareRuns = (a: ComparedRun, b: ComparedRun, endings: EndingChanges): RunComparison => {
  const all = a.config !== undefined && b.config !== undefined;
  return {
    a: a.summary.run_id,
    b: b.summary.run_id,
    figures: compareFigures(a, b),
    agents: compareAgents(a, b),
    endings,
    settings: compareSettings(a, b, all),
    all_settings_known: all,
  };
};
