import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { runPredictions } from "../../lib/cli/run-command.ts";
import type { TaskStory } from "../../lib/domain/task-story.ts";
import { inspect } from "../cli/inspected-runs.ts";
import { jsonLines } from "./run.ts";

const { signal } = new AbortController();
const home = process.cwd();
const bell = String.fromCharCode(7);

/** The agent that was asked first for a task that must fail over. */
let first: string | undefined;

/** Answers by the task: what an attempt comes to never depends on chance. */
const answerFor = (path: string, taskId: string, attempt: number): object => {
  const done = { success: true, output: { by: path } };
  switch (taskId) {
    case "retried":
      return attempt === 1 ? { success: false, retryable: true, error: "busy for a moment" } : done;
    case "failed-over":
      first ??= path;
      return path === first ? { success: false, retryable: true, error: "out of memory" } : done;
    case "disk":
      return { success: false, error: "disk full" };
    default:
      return done;
  }
};

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    const { task_id, attempt } = JSON.parse(body) as { task_id: string; attempt: number };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answerFor(request.url ?? "", task_id, attempt)));
  });
});

const predictions = [
  ...["plain", "retried", "failed-over", "disk"].map((task_id) => ({ task_id, success_rate: 0.9 })),
  { task_id: "after-disk", depends_on: ["disk"] },
  { task_id: "after-after", depends_on: ["after-disk"] },
  { task_id: "ring-a", depends_on: ["ring-b"] },
  { task_id: "ring-b", depends_on: ["ring-a"] },
  { task_id: "gpu", capabilities: ["gpu"] },
  { task_id: "too-sure", success_rate: 7, note: bell },
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-why-"));
  process.chdir(folder);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const agents = ["one", "two"].map((id) => ({
    id,
    endpoint: { kind: "http", url: `http://127.0.0.1:${port}/${id}` },
  }));
  await writeFile("agents.json", JSON.stringify({ agents }));
  await writeFile("tasks.jsonl", `${jsonLines(predictions)}{oops\n`);
  const options = { agents: "agents.json", maxRetries: "1", data: "cloud", timeScale: 0.01, quiet: true };
  await runPredictions("tasks.jsonl", options, signal);
}, 60_000);

afterAll(async () => {
  process.chdir(home);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const why = (task: string, ...flags: readonly string[]): Promise<string> => inspect("why", "latest", task, ...flags);
const storyOf = async (task: string, ...flags: readonly string[]): Promise<TaskStory> =>
  JSON.parse(await why(task, "--json", ...flags)) as TaskStory;

describe("why answers", () => {
  test.each([
    { task: "plain", says: /^plain COMPLETED at its first attempt, on (?:one|two)\n/u },
    { task: "retried", says: /^retried COMPLETED on (?:one|two) at attempt 2, after 1 failed: busy for a moment\n/u },
    {
      task: "failed-over",
      says: /^failed-over COMPLETED on backup (?:one|two) after (?:one|two) failed: out of memory\n/u,
    },
    { task: "disk", says: /^disk FAILED because its agent (?:one|two) said permanent: disk full\n/u },
    {
      task: "after-disk",
      says: /^after-disk SKIPPED because it depends on disk, which ended FAILED \(permanent: disk full\)\n/u,
    },
    { task: "ring-a", says: /^ring-a BLOCKED because it depends on itself: ring-a → ring-b → ring-a\n/u },
    { task: "gpu", says: /^gpu FAILED because no agent may take it: no agent covers capabilities gpu/u },
    { task: "too-sure", says: /^line 10 of predictions\.jsonl was rejected: success_rate: expected .*received 7\n/u },
    { task: "predictions.jsonl:11", says: /^line 11 of predictions\.jsonl was rejected: expected JSON/u },
  ])("for $task in its first line", async ({ task, says }) => {
    const text = await why(task);
    expect(text).toMatch(says);
    // What is piped holds lines and nothing else.
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test("a task that was skipped names what held its dependency up", async () => {
    const { dependencies } = await storyOf("after-after");
    expect(dependencies).toMatchObject([
      { task_id: "after-disk", status: "SKIPPED", held_up_by: { task_id: "disk", reason: "permanent" } },
    ]);
  });

  test("a task that ran names the signals that speak of it, one that did not has none", async () => {
    expect((await storyOf("plain")).signals.map(({ signal_type }) => signal_type).toSorted()).toEqual([
      "agent_performance",
      "prediction_validation",
    ]);
    expect((await storyOf("gpu")).signals).toEqual([]);
  });

  test("an output folder says that it does not know the plan; the data folder knows it", async () => {
    const here = await storyOf("failed-over");
    expect(here.asked).toBeNull();
    expect(here.passes.map(({ decision }) => decision === null)).toEqual([true, false]);
    expect(here.unknown).toHaveLength(3);
    const there = await storyOf("failed-over", "--data", "cloud");
    expect(there.asked).toMatchObject({ capabilities: [], depends_on: [] });
    expect(there.passes.map(({ decision, outcome }) => [decision?.eligible, outcome])).toEqual([
      [2, "retries_exhausted"],
      [1, "COMPLETED"],
    ]);
    expect(there.wave.why).toEqual([
      "no wave was asked for: tasks are dealt out in equal parts in the order of the file",
    ]);
  });

  test("an unknown task is refused with the one that was probably meant and what there is", async () => {
    await expect(why("plane")).rejects.toThrow(
      /^task plane: expected a task of run tasks-\S+; did you mean plain; it has 9: ring-a, ring-b, .*FILE:LINE$/u,
    );
  });
});

test("a cloud knows every setting of the runs that are compared", async () => {
  const comparison = JSON.parse(await inspect("compare", "latest", "tasks", "--data", "cloud", "--json")) as object;
  expect(comparison).toMatchObject({ all_settings_known: true, settings: [], endings: { in_both: 9, changes: [] } });
});

test("a run that was refused before it was planned is listed as failed, and its rejected line says why", async () => {
  await writeFile("strict.json", '{"strict":true}');
  await writeFile("refused.jsonl", "{oops\n");
  const options = { config: "strict.json", data: "cloud", timeScale: 0.01, quiet: true };
  await expect(runPredictions("refused.jsonl", options, signal)).rejects.toThrow(/InputRejected/u);
  expect(await inspect("runs", "--data", "cloud")).toMatch(/^refused-\S+ .* – +FAILED$/mu);
  expect(await inspect("why", "refused", "predictions.jsonl:1")).toMatch(/^line 1 of predictions\.jsonl was rejected/u);
});

test("a run that is only in a data folder is found by the beginning of its id", async () => {
  const runs = JSON.parse(await inspect("runs", "--json")) as { run_id: string }[];
  const runId = runs.find(({ run_id }) => run_id.startsWith("tasks-"))?.run_id ?? "";
  await rm(join("out", runId), { recursive: true });
  await expect(inspect("show", runId.slice(0, 9))).rejects.toThrow(
    /^run tasks-\S+: expected a run of out\/; there are: refused-\S+; --data or --stack names a cloud$/u,
  );
  expect(await inspect("show", runId.slice(0, 9), "--data", "cloud")).toMatch(/s3:\/\/\S+\/output/u);
  expect(await inspect("runs", "--data", "cloud")).toContain("FINISHED");
  await expect(inspect("show", "other", "--data", "cloud")).rejects.toThrow(
    /^run other: expected a run of --data cloud; there are: .*tasks-/u,
  );
});
