import type { Workload } from "../../lib/domain/capacity.ts";
import { parseRunConfig } from "../../lib/domain/config-file.ts";

/** Attempts of 0.1 s that never fail, on a few agents: nothing is retried. */
export const smoothWorkload: Workload = {
  agents: 4,
  capacity: 40,
  limited: 0,
  attemptSeconds: 0.1,
  longestAttemptSeconds: 0.1,
  retried: 0,
  taskBytes: 500,
  config: parseRunConfig(undefined),
};
