import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { s3ObjectCreatedEvent } from "../../lib/local/s3-object-created-event.ts";
import type { StartRunPorts } from "../../lib/steps/start-run.ts";
import { upload } from "../local/uploads.ts";
import { FakeLog } from "../steps/fakes.ts";
import { invoke, stubFunctionEnvironment } from "./function-context.ts";

const startExecution = vi.fn<StartRunPorts["startExecution"]>();
let start: (event: object) => Promise<unknown>;

beforeAll(async () => {
  stubFunctionEnvironment();
  const { createHandler } = await import("../../lambdas/start-run.ts");
  const handler = createHandler({ startExecution, log: new FakeLog() });
  start = (event) => invoke(handler, event as Parameters<typeof handler>[0]);
});

beforeEach(() => {
  startExecution.mockReset().mockResolvedValue(true);
});

afterAll(() => vi.unstubAllEnvs());

const event = s3ObjectCreatedEvent(upload);

/** The event with a change in what it says of the object. */
const eventOf = (object: object) => {
  const detail = event.detail as { object: object };
  return { ...event, detail: { ...detail, object: { ...detail.object, ...object } } };
};

const startedRuns = () => startExecution.mock.calls.map(([name]) => name);

test("an uploaded object starts an execution named after its folder, with what the run must know", async () => {
  const answer = await start(event);
  const name = startedRuns()[0];
  expect(name).toMatch(/^demo-[0-9a-f]{20}$/u);
  expect(answer).toEqual({ run_id: name, started: true });
  expect(startExecution.mock.lastCall?.[1]).toEqual({
    run_id: name,
    bucket: "a-bucket",
    key: "inbox/demo/predictions.jsonl",
  });
});

test("the version of an object in a versioned bucket goes with the run", async () => {
  await start(eventOf({ "version-id": "v1" }));
  expect(startExecution.mock.lastCall?.[1]).toMatchObject({ version_id: "v1" });
});

test("the same event twice has the same name, so nothing is started the second time", async () => {
  await start(event);
  startExecution.mockResolvedValue(false);
  expect(await start(event)).toMatchObject({ started: false });
  expect(startedRuns()[0]).toBe(startedRuns()[1]);
});

test.each([
  ["another content", { etag: "e2" }],
  ["another version", { "version-id": "v2" }],
  ["another key", { key: "inbox/demo2/predictions.jsonl" }],
])("%s is another run", async (_, change) => {
  await start(event);
  await start(eventOf(change));
  expect(startedRuns()[0]).not.toBe(startedRuns()[1]);
});

test("two uploads of the same content are two runs where the bucket keeps versions", async () => {
  await start(eventOf({ "version-id": "v1" }));
  await start(eventOf({ "version-id": "v2" }));
  expect(startedRuns()[0]).not.toBe(startedRuns()[1]);
});

test("a fault of Step Functions leaves by its name, so that the event is delivered again", async () => {
  startExecution.mockRejectedValue(Object.assign(new Error("slow down"), { name: "ThrottlingException" }));
  await expect(start(event)).rejects.toMatchObject({ name: "ThrottlingException" });
});

test("a schedule starts the run of a standing file, named after its folder and the time", async () => {
  const standing = { bucket: "a-bucket", key: "standing/nightly/predictions.jsonl" };
  for (const day of [23, 23, 24])
    await start({ standing: { ...standing, scheduled_time: `2026-11-${day}T06:00:00Z` } });
  const [first, second, third] = startedRuns();
  expect(first).toMatch(/^nightly-[0-9a-f]{20}$/u);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
  expect(startExecution.mock.lastCall?.[1]).toEqual({ run_id: third, ...standing });
});
