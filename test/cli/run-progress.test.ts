import { SFNClient } from "@aws-sdk/client-sfn";
import { describe, expect, onTestFinished, test } from "vitest";

import { createProgressReader } from "../../lib/cli/run-progress.ts";
import type { JsonObject } from "../../lib/domain/json.ts";
import { AwsError } from "../../lib/local/aws-error.ts";
import { startGateway } from "../../lib/local/gateway.ts";
import { agent } from "../domain/report-builders.ts";
import { at, RUN, runItem, waveItem } from "../steps/builders.ts";
import { FakeObjectStore } from "../steps/fakes.ts";

const noon = new Date("2026-03-01T12:00:00.000Z");
const counts = {
  pending: 1,
  running: 2,
  succeeded: 30,
  failed: 4,
  timedOut: 1,
  aborted: 1,
  total: 39,
  resultsWritten: 0,
};

interface States {
  mapRuns: readonly { readonly mapRunArn: string; readonly startDate: Date; readonly stopDate?: Date }[];
  status: string;
  error?: AwsError;
}

/** A reader of a run of two waves, what Step Functions says of it, and what it was asked. */
const create = async (changes: Parameters<typeof runItem>[0] = {}) => {
  const states: States = { mapRuns: [{ mapRunArn: "map-1", startDate: noon }], status: "RUNNING" };
  const asked: string[] = [];
  const gateway = await startGateway({
    invokeFunction: async () => ({ payload: "null" }),
    secret: async () => "",
    states: async (operation: string, body: JsonObject) => {
      asked.push(`${operation} ${String(Object.values(body)[0] as string)}`);
      if (states.error !== undefined) throw states.error;
      return operation === "ListMapRuns" ? { mapRuns: states.mapRuns } : { status: states.status, itemCounts: counts };
    },
  });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const sfn = new SFNClient({ region: "us-east-1", credentials, endpoint: gateway.endpoint, maxAttempts: 1 });
  onTestFinished(async () => {
    sfn.destroy();
    await gateway.stop();
  });
  const objects = new FakeObjectStore();
  const waves = [1, 2].map((wave) => ({ wave, tasks: 50, depends_on_waves: [] }));
  await objects.writeText(at.plan, JSON.stringify({ tasks: 103, set_aside: 3, waves }));
  const agents = [agent("a"), agent("b", { current_load: 2 }), agent("c", { online: false })];
  const fleet = { read: async () => ({ agents }) };
  const outputs = { StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:Run" };
  const stack = { outputs, clients: { sfn }, objects, fleet } as unknown as Parameters<typeof createProgressReader>[0];
  let now = 0;
  const readAt = createProgressReader(stack, runItem(changes), () => now);
  const read = (waves: Parameters<typeof readAt>[0], ms = 1_000) => {
    now += ms;
    return readAt(waves);
  };
  return { states, asked, fleet, read };
};

const execution = `arn:aws:states:us-east-1:000000000000:execution:Run:${RUN}`;

describe("how far a run has come", () => {
  test("is told by its plan, its Map Run and its fleet", async () => {
    const { read } = await create();
    expect(await read([])).toEqual({
      setAside: 3,
      wave: { wave: 1, tasks: 50, depends_on_waves: [] },
      pass: { pass: 1, done: 36, total: 39 },
      fleet: { agents: 3, busy: 1, offline: 1 },
    });
  });

  test("costs one request a look while a pass goes on", async () => {
    const { read, asked } = await create();
    await read([]);
    await read([]);
    await read([]);
    expect(asked).toEqual([
      `ListMapRuns ${execution}`,
      "DescribeMapRun map-1",
      "DescribeMapRun map-1",
      "DescribeMapRun map-1",
    ]);
  });

  test("is not asked for again at once, unless a wave has ended", async () => {
    const { read, asked } = await create();
    await read([]);
    await read([], 399);
    expect(asked).toHaveLength(2);
    await read([waveItem(1)], 0);
    expect(asked).toHaveLength(4);
  });

  test("does not count the Map Run of a wave that has ended for the next one", async () => {
    const { read, states } = await create();
    await read([]);
    states.mapRuns = [{ mapRunArn: "map-1", startDate: noon, stopDate: noon }];
    expect(await read([waveItem(1)])).toMatchObject({ wave: { wave: 2 }, pass: undefined });
  });

  test("counts the passes since the last wave has ended", async () => {
    const { read, states } = await create();
    const later = (seconds: number) => new Date(noon.getTime() + 1_000 * seconds);
    states.mapRuns = [
      { mapRunArn: "map-3", startDate: later(30) },
      { mapRunArn: "map-2", startDate: later(20), stopDate: later(29) },
      { mapRunArn: "map-1", startDate: noon, stopDate: later(10) },
    ];
    const { wave, pass } = await read([waveItem(1, { finished_at: later(15).toISOString() })]);
    expect(wave?.wave).toBe(2);
    expect(pass?.pass).toBe(2);
  });

  test("names no pass where several waves go on at a time", async () => {
    const { read } = await create({ wave_concurrency: 2 });
    expect((await read([])).pass).toEqual({ pass: undefined, done: 36, total: 39 });
  });

  test("has no pass between two of them, and looks for the next one", async () => {
    const { read, states, asked } = await create();
    states.status = "SUCCEEDED";
    await read([]);
    states.mapRuns = [{ mapRunArn: "map-1", startDate: noon, stopDate: noon }];
    expect((await read([])).pass).toBeUndefined();
    expect(asked).toEqual([`ListMapRuns ${execution}`, "DescribeMapRun map-1", `ListMapRuns ${execution}`]);
  });

  test("has neither wave nor pass once all waves have ended", async () => {
    const { read, asked } = await create();
    expect(await read([waveItem(1), waveItem(2)])).toMatchObject({ wave: undefined, pass: undefined });
    expect(asked).toEqual([]);
  });

  test("is told without the pass where the user may not ask for Map Runs", async () => {
    const { read, states } = await create();
    states.error = new AwsError("AccessDeniedException", "not allowed");
    expect(await read([])).toMatchObject({ wave: { wave: 1 }, pass: undefined, fleet: { agents: 3 } });
  });

  test("keeps what is known of the fleet where it cannot be read", async () => {
    const { read, fleet } = await create();
    await read([]);
    fleet.read = () => Promise.reject(new Error("throttled"));
    for (let look = 0; look < 5; look++) await read([]);
    expect((await read([])).fleet).toEqual({ agents: 3, busy: 1, offline: 1 });
  });
});
