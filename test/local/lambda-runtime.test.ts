import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  createLambdaFunction,
  type Kill,
  type LambdaFunction,
  type LambdaFunctionOptions,
} from "../../lib/local/lambda-runtime.ts";

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function functionOf(source: string, options: Partial<LambdaFunctionOptions> = {}): Promise<LambdaFunction> {
  const bundleDirectory = await mkdtemp(join(tmpdir(), "lambda-"));
  await writeFile(join(bundleDirectory, "index.mjs"), source);
  const lambda = createLambdaFunction({
    name: "a-function",
    arn: "arn:aws:lambda:us-east-1:000000000000:function:a-function",
    bundleDirectory,
    handler: "index.handler",
    environment: {},
    timeoutSeconds: 20,
    memorySize: 128,
    ...options,
  });
  cleanUps.push(
    async () => lambda.stop(),
    async () => rm(bundleDirectory, { recursive: true }),
  );
  return lambda;
}

async function resultOf(lambda: LambdaFunction, event: unknown = {}): Promise<unknown> {
  const result = await lambda.invoke(JSON.stringify(event));
  if (!("payload" in result)) throw new Error(`${result.errorType}: ${result.errorMessage}`);
  return JSON.parse(result.payload);
}

/** Counts its invocations and does what the event says. */
const obedient = `
  let count = 0;
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  export const handler = async ({ do: action }) => {
    count += 1;
    switch (action) {
      case "hang": return new Promise(() => {});
      case "block": for (;;) {}
      case "wait": await released; return "released";
      case "listen": return new Promise((resolve) => {
        const channel = new BroadcastChannel("lambda-runtime-test");
        channel.onmessage = ({ data }) => resolve(data);
        console.log("listening");
      });
      case "release": release(); return "done";
      case "exit": process.exit(3);
      case "throw outside": setImmediate(() => { throw new RangeError("out there"); }); return new Promise(() => {});
      case "reject outside": Promise.reject(new RangeError("nobody listens")); return new Promise(() => {});
      case "use up memory": { const held = []; for (;;) held.push(new Array(100_000).fill({}).map(() => ({}))); }
      default: return count;
    }
  };
`;

test("the handler gets the event and its result comes back", async () => {
  const lambda = await functionOf("export const handler = async (event) => ({ got: event });");
  expect(await resultOf(lambda, { a: [1, "ü"] })).toEqual({ got: { a: [1, "ü"] } });
});

test("a handler that returns nothing answers null", async () => {
  const lambda = await functionOf("export const handler = async () => {};");
  expect(await lambda.invoke("{}")).toEqual({ payload: "null" });
});

test("the context names the function, its limits and the invocation", async () => {
  const lambda = await functionOf(`export const handler = async (_, context) => ({
    ...context, remaining: context.getRemainingTimeInMillis() });`);
  const context = await resultOf(lambda);
  expect(context).toEqual({
    functionName: "a-function",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:a-function",
    memoryLimitInMB: "128",
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    logGroupName: "/aws/lambda/a-function",
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    callbackWaitsForEmptyEventLoop: true,
    remaining: expect.any(Number),
  });
  const { remaining } = context as { remaining: number };
  expect(remaining > 0 && remaining <= 20_000).toBe(true);
});

test("what an invocation waited for others of its thread is told, and is no part of the time that it took", async () => {
  const took: number[] = [];
  const source = `export const handler = async (fails, { onQueued }) => {
    onQueued(1_000_000);
    if (fails) throw new Error("no");
  };`;
  const lambda = await functionOf(source, { onInvoked: (milliseconds) => void took.push(milliseconds) });
  expect(await lambda.invoke("false")).toEqual({ payload: "null", queuedMs: 1_000_000 });
  expect(await lambda.invoke("true")).toMatchObject({ errorMessage: "no", queuedMs: 1_000_000 });
  expect(took).toEqual([0, 0]);
});

test("the environment is what was given and nothing else", async () => {
  const lambda = await functionOf("export const handler = async () => ({ ...process.env });", {
    environment: { TABLE_NAME: "t" },
  });
  expect(await resultOf(lambda)).toEqual({ TABLE_NAME: "t" });
});

test("compiled code is kept in the folder given for it, which the function itself does not see", async () => {
  const compileCacheDirectory = await mkdtemp(join(tmpdir(), "compile-cache-"));
  const lambda = await functionOf("export const handler = async () => ({ ...process.env });", {
    compileCacheDirectory,
  });
  expect(await resultOf(lambda)).toEqual({});
  await lambda.stop();
  expect(await readdir(compileCacheDirectory)).toHaveLength(1);
  await rm(compileCacheDirectory, { recursive: true });
});

test("an error keeps its name, message and stack", async () => {
  const lambda = await functionOf(`export const handler = async () => {
    throw Object.assign(new Error("no more"), { name: "Phase21.Final" }); };`);
  const result = await lambda.invoke("{}");
  expect(result).toMatchObject({ functionError: "Unhandled", errorType: "Phase21.Final", errorMessage: "no more" });
  expect("trace" in result && result.trace[1]).toContain("index.mjs");
});

test("a thrown value that is no error has its type for a name", async () => {
  const lambda = await functionOf(`export const handler = () => { throw "a text"; };`);
  expect(await lambda.invoke("{}")).toEqual({
    functionError: "Unhandled",
    errorType: "string",
    errorMessage: "a text",
    trace: [],
  });
});

test("invocations run interleaved in one thread", async () => {
  const lambda = await functionOf(obedient);
  const waiting = resultOf(lambda, { do: "wait" });
  expect(await resultOf(lambda, { do: "release" })).toBe("done");
  expect(await waiting).toBe("released");
});

test("each line of the output is passed on before the answer that follows it", async () => {
  const lines: string[] = [];
  const source = `export const handler = async () => {
    console.log("one\\ntwo"); console.error("an error");
    process.stdout.write("th"); process.stdout.write(Buffer.from("ree\\nunfinished")); };`;
  const lambda = await functionOf(source, { onLog: (line) => void lines.push(line) });
  await lambda.invoke("{}");
  expect(lines).toEqual(["one", "two", "an error", "three"]);
  await lambda.stop();
  expect(lines.at(-1)).toBe("unfinished");
});

test("a write to the output calls back", async () => {
  const lambda = await functionOf(`export const handler = async () =>
    new Promise((resolve) => process.stdout.write("x\\n", "utf8", () => resolve("called")));`);
  expect(await resultOf(lambda)).toBe("called");
});

describe("a time limit", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));

  afterEach(() => vi.useRealTimers());

  test("ends the invocation that passes it as Sandbox.Timedout", async () => {
    const lambda = await functionOf(obedient, { timeoutSeconds: 3 });
    await resultOf(lambda);
    const hanging = lambda.invoke('{"do":"hang"}');
    vi.advanceTimersByTime(3000);
    expect(await hanging).toEqual({
      functionError: "Unhandled",
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 3\.00 seconds$/),
      trace: [],
    });
  });

  test("that a blocked thread passes does not keep the function down", async () => {
    const lambda = await functionOf(obedient);
    expect(await resultOf(lambda)).toBe(1);
    const blocking = lambda.invoke('{"do":"block"}');
    vi.advanceTimersByTime(20_000);
    expect(await blocking).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(await resultOf(lambda)).toBe(1);
  });

  test("does not end the invocations beside the one that passed it, though new ones get a new thread", async () => {
    const listening = Promise.withResolvers<string>();
    const lambda = await functionOf(obedient, { onLog: listening.resolve });
    expect(await resultOf(lambda)).toBe(1);
    const hanging = lambda.invoke('{"do":"hang"}');
    vi.advanceTimersByTime(15_000);
    const innocent = resultOf(lambda, { do: "listen" });
    await listening.promise;
    vi.advanceTimersByTime(5000);
    expect(await hanging).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(await resultOf(lambda)).toBe(1);
    const channel = new BroadcastChannel("lambda-runtime-test");
    channel.postMessage("heard");
    expect(await innocent).toBe("heard");
    channel.close();
  });

  test("starts when the bundle is loaded, which has a limit of its own", async () => {
    const source = `console.log("loading"); await new Promise(() => setTimeout(() => {}, 1e6)); export const handler = () => {};`;
    const loading = Promise.withResolvers<string>();
    const lambda = await functionOf(source, { timeoutSeconds: 1, onLog: loading.resolve });
    const invoked = lambda.invoke("{}");
    await loading.promise;
    vi.advanceTimersByTime(10_000);
    expect(await invoked).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringContaining("Task timed out after 10.00 seconds"),
    });
  });
});

test.each([
  ["exit", "Runtime exited without providing a reason"],
  ["throw outside", "RangeError: out there"],
  ["reject outside", "RangeError: nobody listens"],
  ["use up memory", "Worker terminated due to reaching memory limit"],
])("a thread that dies by '%s' fails its invocations and is replaced", async (action, reason) => {
  const lambda = await functionOf(obedient);
  const hanging = lambda.invoke('{"do":"hang"}');
  const fatal = lambda.invoke(JSON.stringify({ do: action }));
  for (const result of await Promise.all([hanging, fatal])) {
    expect(result).toMatchObject({
      functionError: "Unhandled",
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringContaining(reason),
    });
  }
  expect(await resultOf(lambda)).toBe(1);
});

test.each([
  ["throws", `throw new TypeError("not today");`, "TypeError: not today"],
  ["is not JavaScript", "export const = 1;", "SyntaxError: "],
  ["imports what is not there", `import "./nowhere.mjs";`, "Error: Cannot find module"],
])("a bundle that %s gives Runtime.ImportModuleError", async (_, source, message) => {
  const lambda = await functionOf(source);
  expect(await lambda.invoke("{}")).toMatchObject({
    errorType: "Runtime.ImportModuleError",
    errorMessage: expect.stringContaining(message),
  });
});

test("a bundle that cannot be loaded once is loaded anew for the next invocation", async () => {
  const lambda = await functionOf("export const other = 1;");
  const notFound = { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" };
  expect(await lambda.invoke("{}")).toMatchObject(notFound);
  expect(await lambda.invoke("{}")).toMatchObject(notFound);
});

test("an answer over 6 MiB gives Function.ResponseSizeTooLarge", async () => {
  const lambda = await functionOf(`export const handler = async (bytes) => "x".repeat(bytes - 2);`);
  expect(await resultOf(lambda, 6_291_556)).toHaveLength(6_291_554);
  expect(await lambda.invoke("6291557")).toMatchObject({
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).",
  });
});

test("a memory size below what an SDK bundle needs is not enforced", async () => {
  const source = `export const handler = async () => new Array(2_000_000).fill(0).map((_, i) => ({ i })).length;`;
  const lambda = await functionOf(source, { memorySize: 16 });
  expect(await resultOf(lambda)).toBe(2_000_000);
});

describe("a thread that is killed on purpose", () => {
  const killed = { functionError: "Unhandled", errorType: "Runtime.ExitError" };
  const killing =
    (kill: Kill, victim: number) =>
    (name: string, invocation: number): Kill | undefined =>
      name === "a-function" && invocation === victim ? kill : undefined;
  /** Says so when it is at work, and then does what the event says. */
  const talkative = `
    let count = 0;
    export const handler = async ({ hang }) => {
      count += 1;
      console.log("at work");
      return hang ? new Promise(() => {}) : count;
    };`;

  test.each<{ title: string; kill: Kill; lines: readonly string[] }>([
    { title: "before an invocation never runs it", kill: "before", lines: ["at work"] },
    {
      title: "after its answer has done the work, but nobody hears of it",
      kill: "after",
      lines: ["at work", "at work"],
    },
  ])("$title", async ({ kill, lines }) => {
    const heard: string[] = [];
    const lambda = await functionOf(talkative, { kill: killing(kill, 1), onLog: (line) => void heard.push(line) });
    expect(await lambda.invoke("{}")).toMatchObject(killed);
    expect(await resultOf(lambda)).toBe(1);
    expect(heard).toEqual(lines);
  });

  test("during an invocation ends it, and every other one in the thread", async () => {
    const lambda = await functionOf(talkative, { kill: killing({ duringMs: 1 }, 3) });
    expect(await resultOf(lambda)).toBe(1);
    const beside = lambda.invoke('{"hang":true}');
    expect(await lambda.invoke('{"hang":true}')).toMatchObject(killed);
    expect(await beside).toMatchObject(killed);
    expect(await resultOf(lambda)).toBe(1);
  });

  test("later than the invocation took lives on", async () => {
    const lambda = await functionOf(talkative, { kill: killing({ duringMs: 60_000 }, 1) });
    expect(await resultOf(lambda)).toBe(1);
    expect(await resultOf(lambda)).toBe(2);
  });
});

test("a stop fails what is running, and what comes after it", async () => {
  const lambda = await functionOf(obedient);
  await resultOf(lambda);
  const hanging = lambda.invoke('{"do":"hang"}');
  await lambda.stop();
  expect(await hanging).toMatchObject({ errorType: "Runtime.ExitError" });
  expect(await lambda.invoke("{}")).toMatchObject({
    errorType: "Runtime.ExitError",
    errorMessage: "a-function was stopped",
  });
});
