import { setTimeout as delay } from "node:timers/promises";

import type { Fleet } from "../domain/agent.ts";
import type { CloudOptions } from "../local/cloud.ts";
import { makeFolder } from "../local/make-folder.ts";
import { readScheduleExpression } from "../local/schedule-expression.ts";
import { createFunctionLogs, type EmbeddedStack, type FunctionLogs, withEmbeddedStack } from "./embedded.ts";
import { describeRun } from "./execution-status.ts";
import { checkReadable } from "./input-file.ts";
import { registerCloud } from "./live-clouds.ts";
import { restoreFleet } from "./local-fleet.ts";
import { createKnownRuns, type KnownRuns } from "./page/known-runs.ts";
import { type PageServer, startPage } from "./page/page-server.ts";
import { renderEndpoints } from "./render-serve.ts";
import { readFleet } from "./run-command.ts";
import { createRunTeller, type RunTeller } from "./serve-runs.ts";
import { createTerminal, type Terminal } from "./terminal.ts";
import { folderName, uploadFolder, uploadNamed } from "./upload-folder.ts";
import { UsageError } from "./usage-error.ts";
import { watchFolder } from "./watch-folder.ts";

export interface ServeOptions {
  readonly data?: string;
  readonly inbox?: string;
  readonly agents?: string;
  readonly runSchedule?: string;
  readonly standing?: string;
  /** Of the page. @default 2121, or a free one where it is taken */
  readonly port?: number;
  readonly timeScale: number;
}

/** What a test puts in the place of the terminal and of the time. */
export interface ServeSurroundings extends Pick<CloudOptions, "scheduleClock"> {
  readonly terminal?: Terminal;
  /** Between two looks for files and runs, in ms. @default 1 s */
  readonly pollMs?: number;
}

/** Predictions that runs take by the clock: the file, its folder in the bucket, and when. */
interface Standing {
  readonly file: string;
  readonly folder: string;
  readonly expression: string;
}

/** What `serve` has read before it starts anything. */
interface ServePlan extends Pick<ServeOptions, "data" | "inbox" | "port"> {
  readonly fleet: Fleet | undefined;
  readonly standing: Standing | undefined;
}

const readStanding = async ({ runSchedule, standing }: ServeOptions): Promise<Standing | undefined> => {
  if (runSchedule === undefined && standing === undefined) return undefined;
  if (runSchedule === undefined || standing === undefined) {
    throw new UsageError("serve: expected --run-schedule and --standing together, received one of them");
  }
  try {
    readScheduleExpression(runSchedule, "--run-schedule");
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  await checkReadable(standing);
  return { file: standing, folder: `standing/${folderName(standing)}`, expression: runSchedule };
};

const readPlan = async (options: ServeOptions): Promise<ServePlan> => {
  const { data, inbox, agents, port } = options;
  const fleet = agents === undefined ? undefined : await readFleet(agents);
  const standing = await readStanding(options);
  if (inbox !== undefined) {
    await makeFolder(inbox).catch((error: Error) => {
      throw new UsageError(`--inbox ${inbox}: expected a folder: ${error.message}`, { cause: error });
    });
  }
  return {
    fleet,
    standing,
    ...(data !== undefined && { data }),
    ...(inbox !== undefined && { inbox }),
    ...(port !== undefined && { port }),
  };
};

const parametersOf = (standing: Standing | undefined): Record<string, string> =>
  standing === undefined
    ? {}
    : { RunSchedule: standing.expression, StandingPredictionsKey: `${standing.folder}/predictions.jsonl` };

/** Says also what the cloud gave up to call, which it notes under the ARN of the function. */
const tellGivenUp = (logs: FunctionLogs, { say }: Terminal): FunctionLogs => ({
  ...logs,
  onLog: (name, line) => {
    logs.onLog(name, line);
    if (name.startsWith("arn:")) say(`warning: ${name} failed three times: ${line}`);
  },
});

/** Looks again and again until the end, which a look that throws brings about. */
const repeat = async (look: () => Promise<void>, pollMs: number, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      await look();
    } catch (error) {
      // A look that the end cut short.
      if (!signal.aborted) throw error;
    }
    await delay(pollMs, undefined, { signal }).catch(() => {});
  }
};

interface Serving extends ServePlan {
  readonly stack: EmbeddedStack;
  readonly logs: FunctionLogs;
  readonly terminal: Terminal;
  readonly runs: RunTeller;
  readonly known: KnownRuns;
  readonly page: PageServer;
  readonly pollMs: number;
}

const watchInbox = (directory: string, fleet: string, { stack, terminal }: Serving, signal: AbortSignal) =>
  watchFolder({
    directory,
    signal,
    say: terminal.say,
    take: async (drop) => {
      const { runId, isNew } = await uploadNamed(stack, { ...drop, name: drop.entry, fleet });
      const status = isNew ? undefined : (await describeRun(stack, runId))?.status;
      const before = status === undefined || status === "RUNNING" ? "is under way already" : "has ended before";
      const outcome = isNew ? "" : ` ${before}, from the same input: it is not run again`;
      terminal.say(`${drop.entry} taken: run ${runId}${outcome}`);
    },
  });

/** Prepares what the plan names, says how to reach the cloud, and tells of its runs until the end. */
const attend = async (serving: Serving, signal: AbortSignal): Promise<void> => {
  const { stack, logs, terminal, runs, known, page, pollMs, fleet, standing, data, inbox } = serving;
  const fleetName = fleet?.fleet ?? (await restoreFleet(stack.fleet, data));
  if (fleet !== undefined) await stack.fleet.apply(fleet);
  if (standing !== undefined) await uploadFolder(stack, standing.folder, { predictions: standing.file }, fleetName);
  // Runs that end at the same moment would both make it.
  await makeFolder("out");
  await page.show({ stack, known, fleet: fleetName });
  await terminal.out(renderEndpoints(stack));
  terminal.say(`page: ${page.url}`);
  if (inbox !== undefined) terminal.say(`a run starts with each *.jsonl that is put into ${inbox}`);
  terminal.say("Ctrl-C ends it");

  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  // The functions' lines of all runs are kept together, and are saved at the end.
  runs.open({ stack, terminal, signal: until, data, logs: { ...logs, save: async () => {} } });
  const look = inbox === undefined ? async () => {} : watchInbox(inbox, fleetName, serving, until);
  try {
    await repeat(look, pollMs, until);
  } finally {
    ending.abort();
    await page.close();
    await runs.ended();
  }
};

/**
 * Keeps an embedded cloud up until the signal aborts: the template's rules and schedules start runs, each of which is told in a line
 * when it starts and when it ends, with its files in `out/<run_id>`.
 *
 * @throws UsageError for flags and files that cannot be used, BreakdownError when the cloud breaks down
 */
export const serve = async (
  options: ServeOptions,
  signal: AbortSignal,
  { terminal = createTerminal(false), pollMs = 1_000, scheduleClock }: ServeSurroundings = {},
): Promise<void> => {
  const plan = await readPlan(options);
  const { data } = plan;
  const logs = tellGivenUp(createFunctionLogs(), terminal);
  const runs = createRunTeller();
  const known = createKnownRuns();
  const cloud = {
    timeScale: options.timeScale,
    logs,
    signal,
    data,
    parameters: parametersOf(plan.standing),
    onExecution: (runId: string) => {
      known.add(runId);
      runs.onRun(runId);
    },
    ...(scheduleClock !== undefined && { scheduleClock }),
  };
  // A port that is taken is told of before the cloud comes up.
  const page = await startPage({ port: plan.port, say: terminal.say });
  try {
    await withEmbeddedStack(cloud, async (stack, cloudSignal) => {
      const unregister = await registerCloud({ endpoints: stack.endpoints, outputs: stack.outputs });
      try {
        await attend({ ...plan, stack, logs, terminal, runs, known, page, pollMs }, cloudSignal);
        if (!signal.aborted) cloudSignal.throwIfAborted();
      } finally {
        await unregister();
        await logs.save(data ?? ".phase21");
      }
    });
  } finally {
    await page.close();
  }
  if (data !== undefined) terminal.say(`what has not finished goes on with: npm start -- serve --data ${data}`);
};
