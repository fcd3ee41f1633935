import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { LambdaSandbox } from "../../lib/local/lambda-sandbox.ts";

let bundleDirectory: string;
let sandbox: LambdaSandbox;

beforeAll(async () => {
  bundleDirectory = await mkdtemp(join(tmpdir(), "sandbox-"));
  const source = `export const handler = async (event) => event === "hang" ? new Promise(() => {}) : event;`;
  await writeFile(join(bundleDirectory, "index.mjs"), source);
});

afterAll(async () => rm(bundleDirectory, { recursive: true }));

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  sandbox = new LambdaSandbox({
    name: "a-function",
    arn: "arn:aws:lambda:us-east-1:000000000000:function:a-function",
    bundleDirectory,
    handler: "index.handler",
    environment: {},
    timeoutSeconds: 20,
    memorySize: 128,
  });
  await sandbox.invoke('"warm up"');
});

afterEach(async () => {
  vi.useRealTimers();
  await sandbox.stop();
});

test("a sandbox is not retired by an invocation that ends in time", () => {
  expect(sandbox.isRetired).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test("a sandbox is retired when an invocation passes its time limit, and its thread ends with the last invocation", async () => {
  const first = sandbox.invoke('"hang"');
  vi.advanceTimersByTime(1);
  const second = sandbox.invoke('"hang"');
  const exited = vi.fn<() => void>();
  void sandbox.exited.then(exited);

  vi.advanceTimersByTime(19_999);
  expect(await first).toMatchObject({ error: { errorType: "Sandbox.Timedout" } });
  expect(sandbox.isRetired).toBe(true);
  expect(exited).not.toHaveBeenCalled();

  vi.advanceTimersByTime(1);
  expect(await second).toMatchObject({ error: { errorType: "Sandbox.Timedout" } });
  await sandbox.exited;
  expect(exited).toHaveBeenCalledOnce();
});
