import type { HealthComponents } from "./health.ts";
import type { Anomaly } from "./anomalies.ts";
import type { RunConfig } from "./run-config.ts";

/** The object that a run was started with. */
export interface RunInput {
  readonly bucket: string;
  readonly key: string;
  /** Absent where the bucket keeps no versions. */
  readonly version_id?: string;
}

/** Terminal records by status. */
export interface RunCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly blocked: number;
  readonly skipped: number;
}

/** A run as the table holds it (pk `RUN#<id>`, sk `RUN`). */
export interface RunItem {
  readonly run_id: string;
  readonly status: "RUNNING" | "FINISHED" | "FAILED";
  readonly config: RunConfig;
  readonly config_hash: string;
  readonly input: RunInput;
  /** ISO 8601. */
  readonly started_at: string;
  readonly finished_at?: string;
  readonly tasks: number;
  readonly waves: number;
  readonly rejected_lines: number;
  readonly counts?: RunCounts;
  readonly health?: { readonly score: number; readonly status: string };
  /** Name and cause of what ended a FAILED run. */
  readonly error?: string;
  readonly cause?: string;
}

/** A finished wave as the table holds it (pk `RUN#<id>`, sk `WAVE#<n>`, n of 8 digits so that they sort). */
export interface WaveItem {
  readonly wave: number;
  /** Passes that the wave took. */
  readonly passes: number;
  readonly tasks: number;
  readonly completed: number;
  readonly failed: number;
  readonly blocked: number;
  readonly skipped: number;
  readonly attempts: number;
  readonly retries: number;
  readonly reassignments: number;
  readonly success_rate: number;
  readonly health_score: number;
  readonly health_status: string;
  readonly components: HealthComponents;
  readonly anomalies: readonly Anomaly[];
  /** Agents by status at the end of the wave. */
  readonly online_agents: number;
  readonly agents: number;
  readonly signals: {
    readonly by_type: Readonly<Record<string, number>>;
    readonly by_phase: Readonly<Record<string, number>>;
  };
  readonly finished_at: string;
}
