import { SFNClient } from "@aws-sdk/client-sfn";
import { describe, expect, onTestFinished, test } from "vitest";

import { watchRun } from "../../../lib/cli/page/run-watch.ts";
import type { RunItem } from "../../../lib/domain/run-item.ts";
import { AwsError } from "../../../lib/local/aws-error.ts";
import { startGateway } from "../../../lib/local/gateway.ts";
import { agent, failed } from "../../domain/report-builders.ts";
import { at, RUN, runItem, waveItem } from "../../steps/builders.ts";
import { FakeFleetStore } from "../../steps/fake-fleet-store.ts";
import { FakeObjectStore, FakeRunStore } from "../../steps/fakes.ts";

/** A bucket that remembers which objects were read. */
class WatchedObjects extends FakeObjectStore {
  readonly reads: string[] = [];

  override async readText(key: string, versionId?: string): Promise<string | undefined> {
    this.reads.push(key);
    return super.readText(key, versionId);
  }
}

/** A watch of a run of two waves of 50 tasks, planned with three more set aside; the first wave goes on. */
const create = async (changes: Partial<RunItem> = {}) => {
  const states = { execution: "RUNNING" as string | undefined, mapRun: "map-1", answered: 30 };
  const asked: string[] = [];
  const gateway = await startGateway({
    invokeFunction: async () => ({ payload: "null" }),
    secret: async () => "",
    states: async (operation, { mapRunArn }) => {
      asked.push(operation);
      if (operation === "ListMapRuns") return { mapRuns: [{ mapRunArn: states.mapRun, startDate: new Date(0) }] };
      if (operation === "DescribeMapRun" && mapRunArn !== states.mapRun)
        return { status: "SUCCEEDED", itemCounts: { succeeded: 50, total: 50 } };
      if (operation === "DescribeMapRun")
        return { status: "RUNNING", itemCounts: { succeeded: states.answered, total: 50 } };
      if (states.execution === undefined) throw new AwsError("ExecutionDoesNotExist", "there is none");
      return { status: states.execution, error: "Broken", cause: "no more" };
    },
  });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const sfn = new SFNClient({ region: "us-east-1", credentials, endpoint: gateway.endpoint, maxAttempts: 1 });
  onTestFinished(async () => {
    sfn.destroy();
    await gateway.stop();
  });
  const objects = new WatchedObjects();
  const waves = [1, 2].map((wave) => ({ wave, tasks: 50, depends_on_waves: [] }));
  await objects.writeText(at.plan, JSON.stringify({ tasks: 103, set_aside: 3, waves }));
  objects.putLines(at.records(1, 1), [failed({ task_id: "lost" })]);
  const fleet = new FakeFleetStore([agent("agent_0")]);
  const runs = new FakeRunStore();
  await runs.begin({ ...runItem(), tasks: 103, waves: 2, ...changes });
  const outputs = { StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:Run" };
  const stack = { outputs, clients: { sfn }, objects, fleet, runs } as unknown as Parameters<typeof watchRun>[0];
  let now = 0;
  const watch = watchRun(stack, RUN, { isKnown: () => false, freshMs: 1_000, now: () => now });
  const look = (ms = 2_000) => {
    now += ms;
    return watch.readView();
  };
  const endWave = (wave: number) => runs.putWave(RUN, waveItem(wave, { tasks: 50, completed: 49, failed: 1 }));
  return { states, asked, objects, fleet, runs, watch, look, endWave };
};

describe("a run that is watched", () => {
  test("is told with the tasks that were answered for in the wave that goes on", async () => {
    const { look } = await create();
    expect(await look()).toMatchObject({
      status: "RUNNING",
      counts: { completed: 0, blocked: 3 },
      answered: 30,
      progress: { wave: { wave: 1 }, pass: { pass: 1, done: 30, total: 50 } },
      agents: [{ id: "agent_0" }],
    });
  });

  test("reads no object at a look while it goes on, but for the first", async () => {
    const { look, objects, endWave } = await create();
    await look();
    objects.reads.length = 0;
    await look();
    await endWave(1);
    expect((await look())?.waves).toHaveLength(1);
    expect(objects.reads).toEqual([]);
  });

  test("asks Step Functions twice at a look", async () => {
    const { look, asked } = await create();
    await look();
    asked.length = 0;
    await look();
    expect(asked).toEqual(["DescribeExecution", "DescribeMapRun"]);
  });

  test("is looked at once for all who ask at the same time, or shortly after", async () => {
    const { look, asked } = await create();
    const views = await Promise.all([look(), look(0), look(0)]);
    const looks = asked.length;
    expect(await look(999)).toBe(views[0]);
    expect(new Set(views).size).toBe(1);
    expect(asked).toHaveLength(looks);
    expect(await look(1)).not.toBe(views[0]);
  });

  test("is looked at again after a look that found no answer", async () => {
    const { look, runs } = await create();
    runs.readWaves = () => Promise.reject(new Error("throttled"));
    await expect(look()).rejects.toThrow("throttled");
    Reflect.deleteProperty(runs, "readWaves");
    expect(await look(0)).toMatchObject({ status: "RUNNING" });
  });

  test("has its fleet read at every second look", async () => {
    const { look, fleet } = await create();
    for (let looks = 0; looks < 6; looks++) await look();
    expect(fleet.reads).toBe(3);
  });

  test("never counts back within a wave, and begins anew with the next one", async () => {
    const { look, states, endWave } = await create();
    await look();
    states.answered = 5;
    expect((await look())?.answered).toBe(30);
    await endWave(1);
    expect((await look())?.answered).toBe(5);
  });

  test("does not count the tasks of a wave that has ended for the next one", async () => {
    const { look, states, endWave } = await create();
    await look();
    await endWave(1);
    Object.assign(states, { mapRun: "map-2", answered: 1 });
    expect(await look()).toMatchObject({ answered: 1, progress: { wave: { wave: 2 }, pass: { done: 1 } } });
  });

  test("tells its failures ten seconds after the last time, and with its end", async () => {
    const { look, endWave, states } = await create();
    await look();
    await endWave(1);
    expect((await look(9_999))?.digest).toEqual({ waves: [], failures: [] });
    expect((await look(1_000))?.digest.failures).toMatchObject([{ task_id: "lost" }]);
    await endWave(2);
    states.execution = "SUCCEEDED";
    expect(await look()).toMatchObject({ status: "FINISHED", answered: 0, digest: { waves: [{}, {}] } });
  });

  test("tells why it failed", async () => {
    const { look, states } = await create();
    states.execution = "FAILED";
    expect(await look()).toMatchObject({ status: "FAILED", error: "Broken: no more" });
  });

  test("tells which of its lines were rejected, and reads them once", async () => {
    const { look, objects } = await create({ rejected_lines: 1 });
    objects.putLines(at.output("rejected.jsonl"), [
      { file: "predictions.jsonl", line: 1, reason: "no id", text: "{}" },
    ]);
    expect((await look())?.rejections).toHaveLength(1);
    await look();
    expect(objects.reads.filter((key) => key.endsWith("rejected.jsonl"))).toHaveLength(1);
  });

  test("is none where neither Step Functions nor the table knows it", async () => {
    const { look, states, runs } = await create();
    states.execution = undefined;
    runs.runs.clear();
    expect(await look()).toBeUndefined();
  });
});
