import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { outputFiles } from "../../lib/domain/run-keys.ts";
import { jsonLines } from "./run.ts";

const cli = join(import.meta.dirname, "../../bin/phase21.mjs");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;

const phase21 = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [cli, ...args], { cwd: folder }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });

const file = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-cli-"));
});

describe("run", () => {
  test(
    "leaves the files of a run in the output folder and prints its summary as JSON",
    { timeout: 60_000 },
    async () => {
      const predictions = await file(
        "predictions.jsonl",
        jsonLines([{ task_id: "a" }, { task_id: "b", depends_on: ["a"] }]),
      );
      const out = join(folder, "files");
      const { code, stdout, stderr } = await phase21(
        "run",
        predictions,
        "--out",
        out,
        "--json",
        "--seed",
        "3",
        "--waves",
        "3",
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ strategy: "LOAD_BALANCED", tasks: { total: 2 }, waves: 2 });
      expect(stderr).toMatch(/Health .*\n[\s\S]*Files/u);
      expect((await readdir(out)).toSorted()).toEqual([...outputFiles, "execution_report.html", "logs"].toSorted());
    },
  );

  test("says nothing with --quiet", { timeout: 60_000 }, async () => {
    const predictions = await file("quiet.jsonl", jsonLines([{ task_id: "a" }]));
    expect(await phase21("run", predictions, "--out", join(folder, "quiet"), "--quiet")).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("ends with code 1 and one line when the run is refused", { timeout: 60_000 }, async () => {
    const predictions = await file("bad.jsonl", "{oops\n");
    const config = await file("strict.json", '{"strict":true}');
    const out = join(folder, "strict");
    const { code, stderr } = await phase21("run", predictions, "--config", config, "--out", out, "--quiet");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: run \S+: Phase21.InputRejected: strict: .*\n$/u);
    expect(await readFile(join(out, "rejected.jsonl"), "utf8")).toContain('"line":1');
  });

  test.each([
    {
      name: "a predictions file that does not exist",
      args: ["run", "none.jsonl"],
      says: /none\.jsonl: expected a file that can be read, but it does not exist/u,
    },
    { name: "no predictions file", args: ["run"], says: /missing required argument 'predictions.jsonl'/u },
    {
      name: "an unknown flag",
      args: ["run", "x.jsonl", "--stratgy", "a"],
      says: /unknown option '--stratgy'.*--strategy/u,
    },
    {
      name: "an unknown strategy",
      args: ["run", "x.jsonl", "--strategy", "BEST"],
      says: /--strategy.*BEST.*LOAD_BALANCED/u,
    },
    {
      name: "a flag out of range",
      args: ["run", "ok.jsonl", "--max-retries", "9"],
      says: /--max-retries: max_retries: expected an integer from 0 to 5, received 9/u,
    },
    {
      name: "a bad time scale",
      args: ["run", "ok.jsonl", "--time-scale", "fast"],
      says: /--time-scale.*expected a number from 0 to 10, received "fast"/u,
    },
    {
      name: "a bad config file",
      args: ["run", "ok.jsonl", "--config", "config.json"],
      says: /config\.json: max_passes: expected .*received 0/u,
    },
    {
      name: "a bad fleet",
      args: ["run", "ok.jsonl", "--agents", "agents.json"],
      says: /agents\.json: agents\[0\]\.id: expected/u,
    },
    {
      name: "an output folder that is a file",
      args: ["run", "ok.jsonl", "--out", "ok.jsonl"],
      says: /--out ok\.jsonl: expected a folder/u,
    },
    { name: "an unknown command", args: ["rum"], says: /unknown command 'rum'.*run/u },
  ])("refuses $name with code 2 and one line", async ({ args, says }) => {
    await file("ok.jsonl", jsonLines([{ task_id: "a" }]));
    await file("config.json", '{"max_passes":0}');
    await file("agents.json", '{"agents":[{"id":"a b"}]}');
    const { code, stdout, stderr } = await phase21(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.replaceAll("\n", " ")).toMatch(says);
  });

  test("stops cleanly on an interrupt: code 1, one line, nothing left running", { timeout: 60_000 }, async () => {
    const predictions = await file("slow.jsonl", jsonLines([{ task_id: "a" }]));
    const agents = await file(
      "slow-agents.json",
      '{"agents":[{"id":"slow","endpoint":{"kind":"simulated","latency_ms":25000}}]}',
    );
    const child = spawn(
      process.execPath,
      [cli, "run", predictions, "--agents", agents, "--out", join(folder, "slow")],
      { cwd: folder },
    );
    let said = "";
    let interrupted = false;
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (!interrupted && said.includes("1 task in 1 wave")) interrupted = child.kill("SIGINT");
    });
    const [code] = (await once(child, "exit")) as [number | null];
    expect({ code, last: said.trimEnd().split("\n").at(-1) }).toEqual({
      code: 1,
      last: "interrupted: the run did not finish",
    });
  });
});

describe("generate", () => {
  test("prints as many valid lines as asked, the same for the same seed", async () => {
    const [first, second, other] = await Promise.all([
      phase21("generate", "--tasks", "50", "--seed", "4"),
      phase21("generate", "--tasks", "50", "--seed", "4"),
      phase21("generate", "--tasks", "50", "--seed", "5"),
    ]);
    expect(first?.stdout.trimEnd().split("\n")).toHaveLength(50);
    expect(second?.stdout).toBe(first?.stdout);
    expect(other?.stdout).not.toBe(first?.stdout);
  });
});

describe("agents", () => {
  test("apply, offline and online change the fleet that the next commands use", { timeout: 60_000 }, async () => {
    const agents = await file("fleet.json", '{"agents":[{"id":"north","capabilities":["x"]},{"id":"south"}]}');
    expect((await phase21("agents", "apply", agents)).stdout).toMatch(/north +IDLE[\s\S]*south +IDLE/u);
    expect((await phase21("agents", "offline", "south")).stdout).toMatch(/south +OFFLINE/u);
    expect((await phase21("agents", "list")).stdout).toMatch(/north +IDLE[\s\S]*south +OFFLINE/u);

    const predictions = await file("fleet.jsonl", jsonLines([{ task_id: "a" }, { task_id: "b" }]));
    const out = join(folder, "fleet-run");
    await phase21("run", predictions, "--out", out, "--quiet");
    expect(await readFile(join(out, "results.jsonl"), "utf8")).not.toContain('"agent_id":"south"');

    expect((await phase21("agents", "online", "south")).stdout).toMatch(/south +IDLE/u);
    const stranger = await phase21("agents", "online", "west");
    expect(stranger.code).toBe(2);
    expect(stranger.stderr).toMatch(/agent west: expected one of the fleet: north, south/u);
  });
});
