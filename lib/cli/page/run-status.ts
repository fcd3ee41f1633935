import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";

import type { RunCounts, RunItem, WaveItem } from "../../domain/run-item.ts";
import type { RunStatus } from "./page-model.ts";

/** What became of a run, by what Step Functions, the table and its operator say of it. */
export const statusOf = (
  execution: Pick<DescribeExecutionOutput, "status"> | undefined,
  run: RunItem | undefined,
  control: string,
): RunStatus => {
  const status = execution?.status ?? (run?.status === "RUNNING" ? "FAILED" : run?.status);
  if (status === undefined) return "STARTING";
  if (status === "SUCCEEDED" || status === "FINISHED") return "FINISHED";
  if (status !== "RUNNING") return "FAILED";
  if (run === undefined) return "STARTING";
  return control === "PAUSED" ? "PAUSED" : control === "CANCELLED" ? "CANCELLING" : "RUNNING";
};

/** How the tasks of these waves ended, with those that planning has set aside. */
export const sumCounts = (waves: readonly WaveItem[], setAside: number): RunCounts => {
  const sum = (key: "tasks" | "completed" | "failed" | "blocked" | "skipped") =>
    waves.reduce((total, wave) => total + wave[key], 0);
  return {
    total: sum("tasks") + setAside,
    completed: sum("completed"),
    failed: sum("failed"),
    blocked: sum("blocked") + setAside,
    skipped: sum("skipped"),
  };
};
