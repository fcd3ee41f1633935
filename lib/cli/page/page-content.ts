import { join } from "node:path";

import { fileExists } from "../file-exists.ts";
import { showAgent } from "./agent-view.ts";
import type { PageContent } from "./layout.ts";
import type { ReadModel } from "./read-model.ts";
import { showRun } from "./run-view.ts";
import { showRuns } from "./runs-view.ts";
import { showTask } from "./task-view.ts";

/** Where the report of a run is, once the run has ended. `runId` must be one that the stack knows. */
export const reportPath = (runId: string): string => join("out", runId, "execution_report.html");

/** A page of a run: of itself, of an agent or of a task. */
const addressOf = (path: string) => {
  const { pathname, searchParams } = new URL(path, "http://page");
  const [, runId = "", what = "run"] = /^\/runs\/([A-Za-z0-9_-]{1,80})(?:\/(agent|task))?$/u.exec(pathname) ?? [];
  return { isRoot: pathname === "/", runId, what, id: searchParams.get("id") ?? "" };
};

/** Reads what a path and its query show; undefined where there is no such page, run, agent or task. */
export const readPageContent = async (model: ReadModel, path: string): Promise<PageContent | undefined> => {
  const { isRoot, runId, what, id } = addressOf(path);
  if (isRoot) return showRuns(await model.readRuns());
  if (runId === "") return undefined;
  const run = await model.readRun(runId);
  if (run === undefined) return undefined;
  if (what === "run") return showRun(run, { hasReport: await fileExists(reportPath(runId)), now: Date.now() });
  if (what === "task") {
    const story = await model.readTask(run, id);
    return story && showTask(run, id, story);
  }
  const agent = run.agents.find((row) => row.id === id);
  return agent && showAgent(run, agent, await model.readAgentFailures(run, id));
};
