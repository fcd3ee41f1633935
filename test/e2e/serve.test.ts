import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { listLiveClouds } from "../../lib/cli/live-clouds.ts";
import { serve } from "../../lib/cli/serve-command.ts";
import type { ScheduleClock } from "../../lib/local/schedules.ts";

/** How long a run of a few tasks may take on a machine that is busy. */
const patience = { timeout: 20_000, interval: 50 };

const home = process.cwd();
const hour = 3_600_000;
const predictions = (...ids: readonly string[]): string =>
  ids.map((task_id) => `${JSON.stringify({ task_id, success_rate: 1 })}\n`).join("");

const lines: string[] = [];
let printed = "";
/** What rings the schedules' timers, by their milliseconds. */
const rings = new Map<number, () => void>();
const interrupt = new AbortController();
const isUp = Promise.withResolvers<void>();
let folder: string;
let serving: Promise<void>;
let variables: Readonly<Record<string, string>>;

const scheduleClock: ScheduleClock = {
  now: () => Date.parse("2026-11-23T05:00:00Z"),
  startTimer: (milliseconds, ring) => {
    rings.set(milliseconds, ring);
    return () => {};
  },
};

const startServing = (): Promise<void> =>
  serve(
    {
      inbox: "drop",
      agents: "agents.json",
      runSchedule: "rate(1 hour)",
      standing: "nightly run.jsonl",
      timeScale: 0.01,
    },
    interrupt.signal,
    {
      scheduleClock,
      pollMs: 50,
      terminal: {
        say: (line) => {
          lines.push(line);
          if (line === "Ctrl-C ends it") isUp.resolve();
        },
        out: async (text) => {
          printed += text;
        },
      },
    },
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-serve-"));
  process.chdir(folder);
  await writeFile("nightly run.jsonl", predictions("n1", "n2"));
  const agent = { id: "one", capabilities: [], capacity: 2, endpoint: { kind: "simulated" } };
  await writeFile("agents.json", JSON.stringify({ fleet: "mine", agents: [agent] }));
  serving = startServing();
  await Promise.race([serving, isUp.promise]);
  variables = Object.fromEntries(
    [...printed.matchAll(/^export (\w+)=(.*)$/gmu)].map(([, name, value]) => [name, value]),
  );
}, 90_000);

beforeEach(() => {
  lines.length = 0;
});

afterAll(async () => {
  interrupt.abort();
  await serving;
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** Puts an object with the AWS SDK, which knows of the cloud what was printed. */
const put = async (Key: string, Body: string): Promise<void> => {
  const s3 = new S3Client({
    endpoint: variables["AWS_ENDPOINT_URL_S3"] ?? "",
    region: variables["AWS_REGION"] ?? "",
    credentials: {
      accessKeyId: variables["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: variables["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
    forcePathStyle: true,
  });
  await s3.send(new PutObjectCommand({ Bucket: variables["PHASE21_BUCKET"], Key, Body }));
  s3.destroy();
};

/** Waits until a run has started and ended, and gives its id. */
const ranOnce = async (name: string): Promise<string> => {
  await vi.waitFor(
    () => expect(lines.join("\n")).toMatch(new RegExp(`^run ${name}-[-\\w]+ SUCCEEDED`, "mu")),
    patience,
  );
  const told = lines.filter((line) => line.startsWith(`run ${name}-`));
  const [, runId = ""] = /^run (\S+) /u.exec(told[0] ?? "") ?? [];
  expect(told).toEqual([
    `run ${runId} started`,
    expect.stringMatching(
      `^run ${runId} SUCCEEDED: 2 tasks: 2 completed, 0 failed, 0 blocked, 0 skipped, health [\\d.]+ [A-Z]+, files in out/${runId}/$`,
    ),
  ]);
  return runId;
};

describe("a cloud that is served", () => {
  test("runs what the AWS SDK puts into its inbox, once, and leaves the files", async () => {
    await put("inbox/x/predictions.jsonl", predictions("a", "b"));
    const runId = await ranOnce("x");
    expect(await readFile(join("out", runId, "results.jsonl"), "utf8")).toContain('"task_id":"a"');

    await put("inbox/x/predictions.jsonl", predictions("a", "b"));
    await put("inbox/y/predictions.jsonl", predictions("a", "b"));
    await ranOnce("y");
    expect(lines.filter((line) => line.startsWith("run x-"))).toHaveLength(2);
  });

  test("runs a file that is dropped into its folder, once, on its fleet, and moves it away", async () => {
    await writeFile("my file.part", predictions("c", "d"));
    await rename("my file.part", "drop/my file.jsonl");
    const runId = await ranOnce("my-file");
    expect(lines).toContain(`my file.jsonl taken: run ${runId}`);
    expect(await readdir("drop")).toEqual(["taken"]);
    expect(await readdir("drop/taken")).toEqual(["my file.jsonl"]);
    expect(await readFile(join("out", runId, "results.jsonl"), "utf8")).toContain('"agent_id":"one"');
  });

  test("runs a folder with its configuration", async () => {
    await mkdir("whole");
    await writeFile("whole/predictions.jsonl", predictions("e", "f"));
    await writeFile("whole/config.json", JSON.stringify({ num_waves: 1, strategy: "ROUND_ROBIN" }));
    await rename("whole", "drop/whole");
    const runId = await ranOnce("whole");
    const summary = JSON.parse(await readFile(join("out", runId, "metrics_summary.json"), "utf8")) as object;
    expect(summary).toMatchObject({ strategy: "ROUND_ROBIN", waves: 1 });
  });

  test("runs both of two drops that would share a name, and the same content only once", async () => {
    const ended = () => lines.filter((line) => /^run twin-drop-.* SUCCEEDED/u.test(line));
    await writeFile("one.part", predictions("g", "h"));
    await writeFile("two.part", predictions("i", "j"));
    await rename("one.part", "drop/twin drop.jsonl");
    await rename("two.part", "drop/twin-drop.jsonl");
    await vi.waitFor(() => expect(ended()).toHaveLength(2), patience);

    await writeFile("three.part", predictions("g", "h"));
    await rename("three.part", "drop/twin drop.jsonl");
    await vi.waitFor(
      () =>
        expect(lines.join("\n")).toMatch(
          /^twin drop\.jsonl taken: run \S+ has ended before, from the same input: it is not run again$/mu,
        ),
      patience,
    );
    expect(lines.filter((line) => /^run twin-drop-.* started$/u.test(line))).toHaveLength(2);
  });

  test("runs a folder again when only its configuration changed", async () => {
    for (const num_waves of [1, 2]) {
      lines.length = 0;
      await mkdir("again");
      await writeFile("again/predictions.jsonl", predictions("k", "l"));
      await writeFile("again/config.json", JSON.stringify({ num_waves }));
      await rename("again", "drop/again");
      const runId = await ranOnce("again");
      expect(await readFile(join("out", runId, "metrics_summary.json"), "utf8")).toContain(`"waves": ${num_waves}`);
    }
  });

  test("runs its standing predictions at the time of its schedule, once, however often it is called for that time", async () => {
    rings.get(hour)?.();
    await ranOnce("nightly-run");
    rings.get(hour)?.();
    await put("inbox/z/predictions.jsonl", predictions("a", "b"));
    await ranOnce("z");
    expect(lines.filter((line) => line.startsWith("run nightly-run-"))).toHaveLength(2);
  });

  test("tells of a run that fails, with the reason", async () => {
    await put("inbox/bad/config.json", JSON.stringify({ num_waves: 0 }));
    await put("inbox/bad/predictions.jsonl", predictions("a"));
    await vi.waitFor(
      () =>
        expect(lines.join("\n")).toMatch(
          /^run bad-\w+ FAILED: Phase21.InvalidInput: .*num_waves.*; files in out\/bad-\w+\/$/mu,
        ),
      patience,
    );
  });

  test("is found by other commands until it ends, which leaves the functions' lines", async () => {
    expect(await listLiveClouds()).toMatchObject([{ endpoints: { s3: variables["AWS_ENDPOINT_URL_S3"] } }]);
    interrupt.abort();
    await serving;
    expect(await listLiveClouds()).toEqual([]);
    expect(await readdir(".phase21/logs")).not.toEqual([]);
  });
});
