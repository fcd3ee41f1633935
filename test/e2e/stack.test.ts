import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { describeRun } from "../../lib/cli/execution-status.ts";
import { main } from "../../lib/cli/main.ts";
import { withReachableStack } from "../../lib/cli/reach-stack.ts";
import { outputFiles } from "../../lib/domain/run-keys.ts";
import { type Cloud, startCloud } from "../../lib/local/cloud.ts";
import { captureOutput, type CapturedOutput } from "../cli/captured-output.ts";
import { jsonLines } from "./run.ts";

const NAME = "Phase21-embedded";
const home = process.cwd();
let folder: string;
let cloud: Cloud;
let output: CapturedOutput;

/** Runs a command against the stack, as a user with credentials and a region in the environment does. */
const onStack = (line: string, signal = new AbortController().signal): Promise<number> =>
  main([...line.split(" "), "--stack", NAME], signal);

const statusOf = async (runId: string): Promise<string> => (await describeRun(cloud, runId))?.status ?? "none";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-stack-"));
  process.chdir(folder);
  const slow = { kind: "simulated", latency_ms: 100 };
  await writeFile("tasks.jsonl", jsonLines([{ task_id: "a" }, { task_id: "b", depends_on: ["a"] }]));
  await writeFile("many.jsonl", jsonLines(Array.from({ length: 60 }, (_, n) => ({ task_id: `t${n}` }))));
  await writeFile("agents.json", JSON.stringify({ agents: [{ id: "one", capacity: 4 }, { id: "two" }] }));
  await writeFile(
    "slow.json",
    JSON.stringify({ fleet: "slow", agents: [{ id: "slow", capacity: 1, endpoint: slow }] }),
  );
  cloud = await startCloud({ timeScale: 0.1, onLog: () => {}, secret: () => undefined });
  vi.stubEnv("AWS_ACCESS_KEY_ID", "embedded");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "embedded");
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ENDPOINT_URL", cloud.endpoints.gateway);
  vi.stubEnv("AWS_ENDPOINT_URL_S3", cloud.endpoints.s3);
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", cloud.endpoints.sqs);
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", cloud.endpoints.dynamodb);
}, 30_000);

beforeEach(() => {
  output = captureOutput();
  return output.release;
});

afterAll(async () => {
  vi.unstubAllEnvs();
  process.chdir(home);
  await cloud.stop();
  await rm(folder, { recursive: true });
});

describe("with --stack, against the deployed stack of that name,", { timeout: 30_000 }, () => {
  test("nothing runs before its fleet has agents", async () => {
    expect(await onStack("run tasks.jsonl --config none.json")).toBe(2);
    expect(await onStack("run tasks.jsonl")).toBe(2);
    const apply = `put them there with: npm start -- agents apply agents.json --stack ${NAME}`;
    expect(output.shown).toContain(`fleet default: expected agents in stack ${NAME}, it has none; ${apply}`);
    output.shown = "";
    expect(await onStack("agents list")).toBe(2);
    expect(output.shown).toContain(apply);
    expect(await onStack("drain one")).toBe(2);
    expect(output.shown).toContain("agent one: expected one of the fleet: it has none");
  });

  test("the fleet in its table is changed, and a run with it leaves its files here", async () => {
    expect(await onStack("agents apply agents.json")).toBe(0);
    expect(await onStack("drain two")).toBe(0);
    expect(output.shown).toContain(`back with: npm start -- agents online two --stack ${NAME}`);
    output.shown = "";
    expect(await onStack("agents list")).toBe(0);
    expect(output.shown).toMatch(/one +IDLE[\s\S]*two +OFFLINE/u);

    expect(await onStack("run tasks.jsonl --out files --seed 3")).toBe(0);
    expect(output.shown).toMatch(/Health .*\n[\s\S]*Files/u);
    expect((await readdir("files")).toSorted()).toEqual([...outputFiles, "execution_report.html"].toSorted());
    expect(await readFile(join("files", "results.jsonl"), "utf8")).not.toContain('"agent_id":"two"');
    expect(await readdir(".")).not.toContain(".phase21");
  });

  test("a run outlives the command, is held, goes on, is cancelled and redriven", async () => {
    const interrupt = new AbortController();
    const following = onStack("run many.jsonl --agents slow.json --waves 6", interrupt.signal);
    const runId = await vi.waitFor(() => {
      const [, id] = /run (\S+):/u.exec(output.shown) ?? [];
      if (id === undefined) throw new Error(`expected a planned run, received: ${output.shown}`);
      return id;
    }, 10_000);
    interrupt.abort();
    expect(await following).toBe(1);
    expect(output.shown).toContain(
      `run ${runId} is no longer followed, stack ${NAME} sees it to its end; hold it with: npm start -- pause ${runId}`,
    );
    expect(output.shown).toContain(`its files will be in s3://${cloud.outputs["BucketName"]}/runs/${runId}/output`);
    expect(await statusOf(runId)).toBe("RUNNING");

    expect(await onStack(`pause ${runId}`)).toBe(0);
    expect(output.shown).toContain(`nothing new starts until: npm start -- resume ${runId} --stack ${NAME}`);
    expect(await onStack(`resume ${runId}`)).toBe(0);
    expect(await onStack(`redrive ${runId}`)).toBe(2);
    expect(output.shown).toContain(`run ${runId}: expected a run that has ended, but it is under way`);
    expect(await onStack(`cancel ${runId}`)).toBe(0);
    await vi.waitFor(async () => expect(await statusOf(runId)).toBe("SUCCEEDED"), 15_000);

    expect(await onStack(`pause ${runId}`)).toBe(2);
    expect(output.shown).toContain("expected a run that is under way, but it has ended (SUCCEEDED)");
    expect(await onStack(`redrive ${runId} --agents agents.json --out redriven`)).toBe(0);
    expect(output.shown).toMatch(new RegExp(`redrive of ${runId}: \\d+ tasks that did not complete`, "u"));
    expect(await readFile(join("redriven", "results.jsonl"), "utf8")).not.toContain("SKIPPED");
  });

  test.each([
    [`pause run-1`, `run run-1: expected a run of stack ${NAME}, it has none of that id`],
    [`redrive run-1`, `run run-1: expected a run that stack ${NAME} knows`],
    [`resume`, "resume: expected the id of a run"],
    [`run tasks.jsonl --data kept`, "'--stack <name>' cannot be used with option '--data <folder>'"],
    [`run tasks.jsonl --time-scale 1`, "'--stack <name>' cannot be used with option '--time-scale <x>'"],
    [`agents list --data kept`, "'--stack <name>' cannot be used with option '--data <folder>'"],
  ])("%s is refused in one line", async (line, message) => {
    expect(await onStack(line)).toBe(2);
    expect(output.shown).toContain(message);
    expect(output.shown.trim().split("\n")).toHaveLength(1);
  });

  test("another name is told not to be there", async () => {
    expect(await main(["agents", "list", "--stack", "Phase21-prod"], new AbortController().signal)).toBe(2);
    expect(output.shown).toBe("error: stack Phase21-prod: expected a stack of this name in us-east-1, there is none\n");
  });

  test("another command reaches its queues", async () => {
    const { signal } = new AbortController();
    const reached = vi.fn<(url: string | undefined) => void>();
    await withReachableStack({ stack: NAME }, signal, async ({ outputs }) => reached(outputs["Phase16QueueUrl"]));
    expect(reached).toHaveBeenCalledExactlyOnceWith(cloud.outputs["Phase16QueueUrl"]);
  });
});
