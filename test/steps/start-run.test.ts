import { describe, expect, test } from "vitest";

import { type ExecutionInput, type StandingRun, startRun } from "../../lib/steps/start-run.ts";
import { FakeLog } from "./fakes.ts";

const uploaded = {
  bucket: "bucket",
  key: "inbox/nightly/predictions.jsonl",
  version_id: "v1",
  etag: "etag-1",
};

const scheduled: StandingRun = {
  bucket: "bucket",
  key: "standing/nightly/predictions.jsonl",
  scheduled_time: "2026-11-23T06:00:00Z",
};

/** A state machine that starts an execution of each name once. */
const createStateMachine = () => {
  const executions = new Map<string, ExecutionInput>();
  const startExecution = async (name: string, input: ExecutionInput): Promise<boolean> => {
    if (executions.has(name)) return false;
    executions.set(name, input);
    return true;
  };
  return { executions, ports: { startExecution, log: new FakeLog() } };
};

describe("an upload", () => {
  test("starts a run named after it, with what the run needs to find it", async () => {
    const { executions, ports } = createStateMachine();
    const { run_id, started } = await startRun(uploaded, ports);
    expect(started).toBe(true);
    expect([...executions]).toEqual([
      [run_id, { run_id, bucket: "bucket", key: "inbox/nightly/predictions.jsonl", version_id: "v1" }],
    ]);
  });

  test("that is announced twice starts one run", async () => {
    const { executions, ports } = createStateMachine();
    const first = await startRun(uploaded, ports);
    expect(await startRun(uploaded, ports)).toEqual({ run_id: first.run_id, started: false });
    expect(executions.size).toBe(1);
    expect(ports.log.entries.map(({ message }) => message)).toEqual(["run started", "run exists already"]);
  });

  test("of a new version starts another run", async () => {
    const { executions, ports } = createStateMachine();
    await startRun(uploaded, ports);
    await startRun({ ...uploaded, version_id: "v2" }, ports);
    expect(executions.size).toBe(2);
  });

  test("to a bucket without versions is told apart by its content", async () => {
    const { executions, ports } = createStateMachine();
    const { version_id: _version, ...unversioned } = uploaded;
    await startRun(unversioned, ports);
    await startRun({ ...unversioned }, ports);
    await startRun({ ...unversioned, etag: "etag-2" }, ports);
    expect(executions.size).toBe(2);
    expect([...executions.values()].every((input) => !("version_id" in input))).toBe(true);
  });
});

describe("a scheduled run of a standing file", () => {
  test("takes the file as it is by then", async () => {
    const { executions, ports } = createStateMachine();
    const { run_id, started } = await startRun(scheduled, ports);
    expect(started).toBe(true);
    expect([...executions]).toEqual([
      [run_id, { run_id, bucket: "bucket", key: "standing/nightly/predictions.jsonl" }],
    ]);
  });

  test("starts once for a time, however often it is called for", async () => {
    const { executions, ports } = createStateMachine();
    const { run_id } = await startRun(scheduled, ports);
    expect(await startRun({ ...scheduled }, ports)).toEqual({ run_id, started: false });
    expect(executions.size).toBe(1);
  });

  test("starts anew for the next time", async () => {
    const { executions, ports } = createStateMachine();
    await startRun(scheduled, ports);
    await startRun({ ...scheduled, scheduled_time: "2026-11-24T06:00:00Z" }, ports);
    expect(executions.size).toBe(2);
  });
});
