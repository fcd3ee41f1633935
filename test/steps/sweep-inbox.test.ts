import { describe, expect, test } from "vitest";

import { runIdFor } from "../../lib/domain/run-id.ts";
import { startRun } from "../../lib/steps/start-run.ts";
import { sweepInbox, type SweepInboxPorts } from "../../lib/steps/sweep-inbox.ts";
import { createWorld, runItem } from "./builders.ts";

const KEY = "inbox/nightly/predictions.jsonl";
const minutes = 60_000;

/** An inbox with one upload of ten minutes ago that has no run, and a state machine that starts an execution of each name once. */
const createSweptWorld = () => {
  const world = createWorld();
  const uploads = new Map([[KEY, { lastModified: world.clock.time - 10 * minutes, etag: "e1", version_id: "v1" }]]);
  const executions = new Map<string, unknown>();
  const ports: SweepInboxPorts = {
    ...world,
    inbox: {
      bucket: "bucket",
      list: async function* () {
        for (const [key, { lastModified }] of uploads) yield { key, lastModified };
      },
      version: async (key) => {
        const upload = uploads.get(key);
        return upload && { etag: upload.etag, version_id: upload.version_id };
      },
    },
    startExecution: async (name, input) => {
      if (executions.has(name)) return false;
      executions.set(name, input);
      return true;
    },
  };
  return { ...world, ports, uploads, executions };
};

const runId = runIdFor({ bucket: "bucket", key: KEY, version: "v1" });

describe("an upload without a run", () => {
  test("gets the run that its event would have started", async () => {
    const world = createSweptWorld();
    expect(await sweepInbox(world.ports)).toEqual({ looked_at: 1, started: 1 });
    const expected = createSweptWorld();
    await startRun({ bucket: "bucket", key: KEY, etag: "e1", version_id: "v1" }, expected.ports);
    expect([...world.executions]).toEqual([...expected.executions]);
    expect(world.log.entries.at(-1)).toEqual({
      level: "warn",
      message: "upload without a run made good",
      fields: { run_id: runId, bucket: "bucket", key: KEY },
    });
  });

  test("gets it once, however often the inbox is swept", async () => {
    const world = createSweptWorld();
    await sweepInbox(world.ports);
    expect(await sweepInbox(world.ports)).toEqual({ looked_at: 1, started: 0 });
    expect(world.executions.size).toBe(1);
  });

  test("that was deleted after it was listed gets none", async () => {
    const world = createSweptWorld();
    const gone = { ...world.ports, inbox: { ...world.ports.inbox, version: async () => undefined } };
    expect(await sweepInbox(gone)).toEqual({ looked_at: 1, started: 0 });
    expect(world.executions.size).toBe(0);
  });

  test("in a bucket without versions is told apart by its content", async () => {
    const world = createSweptWorld();
    const unversioned = { ...world.ports, inbox: { ...world.ports.inbox, version: async () => ({ etag: "e1" }) } };
    await sweepInbox(unversioned);
    const run_id = runIdFor({ bucket: "bucket", key: KEY, version: "e1" });
    expect([...world.executions]).toEqual([[run_id, { run_id, bucket: "bucket", key: KEY }]]);
  });
});

describe("the sweep starts nothing", () => {
  test("for an upload whose run is on record, even when its execution is long forgotten", async () => {
    const world = createSweptWorld();
    await world.runs.begin({ ...runItem(), run_id: runId });
    expect(await sweepInbox(world.ports)).toEqual({ looked_at: 1, started: 0 });
    expect(world.executions.size).toBe(0);
  });

  test("for an upload whose run its event starts at the same moment", async () => {
    const world = createSweptWorld();
    world.executions.set(runId, {});
    expect(await sweepInbox(world.ports)).toEqual({ looked_at: 1, started: 0 });
  });

  test.each([
    ["that is a minute old", KEY, 1],
    ["of two days ago", KEY, 2 * 24 * 60],
    ["that is no predictions file", "inbox/nightly/config.json", 10],
  ])("for an object %s", async (_, key, age) => {
    const world = createSweptWorld();
    world.uploads.clear();
    world.uploads.set(key, { lastModified: world.clock.time - age * minutes, etag: "e1", version_id: "v1" });
    expect(await sweepInbox(world.ports)).toEqual({ looked_at: 0, started: 0 });
    expect(world.executions.size).toBe(0);
  });
});
