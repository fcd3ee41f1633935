import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeError, loadHandler, runHandler } from "../../lib/local/lambda-host.ts";

describe("loadHandler", () => {
  let bundleDirectory: string;

  beforeAll(async () => {
    bundleDirectory = await mkdtemp(join(tmpdir(), "host-"));
    await writeFile(join(bundleDirectory, "index.mjs"), `export const handler = () => "ran"; export const other = 1;`);
    await writeFile(join(bundleDirectory, "broken.mjs"), `throw new TypeError("not today");`);
  });

  afterAll(async () => rm(bundleDirectory, { recursive: true }));

  test("gives the function that the handler's name points at", async () => {
    const handler = await loadHandler(bundleDirectory, "index.handler");
    expect(typeof handler === "function" && handler({}, {})).toBe("ran");
  });

  test.each([
    ["index.other", "Runtime.HandlerNotFound", "index.other is undefined or not exported"],
    ["index.absent", "Runtime.HandlerNotFound", "index.absent is undefined or not exported"],
    ["index", "Runtime.HandlerNotFound", "index is undefined or not exported"],
    ["broken.handler", "Runtime.ImportModuleError", "TypeError: not today"],
  ])("gives an error for %s", async (name, errorType, errorMessage) => {
    expect(await loadHandler(bundleDirectory, name)).toMatchObject({ errorType, errorMessage });
  });
});

describe("runHandler", () => {
  test("passes on what the handler returns, as JSON text", async () => {
    expect(await runHandler((event) => ({ event }), "[1]", {})).toEqual({ payload: '{"event":[1]}' });
  });

  test("answers null for a result that JSON cannot carry", async () => {
    expect(await runHandler(() => undefined, "1", {})).toEqual({ payload: "null" });
    expect(await runHandler(() => () => {}, "1", {})).toEqual({ payload: "null" });
  });

  test("reports a result that cannot be written as JSON", async () => {
    expect(await runHandler(() => 1n, "1", {})).toMatchObject({ error: { errorType: "TypeError" } });
  });

  test("reports a payload that is no JSON", async () => {
    expect(await runHandler(() => 1, "{", {})).toMatchObject({ error: { errorType: "SyntaxError" } });
  });

  test("refuses an answer over the limit", async () => {
    const answer = await runHandler(() => "ü".repeat(3_145_778), "1", {});
    expect(answer).toMatchObject({ error: { errorType: "Function.ResponseSizeTooLarge" } });
  });
});

describe("describeError", () => {
  test("splits the stack into lines", () => {
    const error = Object.assign(new Error("m"), { stack: "first\nsecond" });
    expect(describeError(error)).toEqual({ errorType: "Error", errorMessage: "m", trace: ["first", "second"] });
  });

  test("does without a stack", () => {
    const error = new Error("m");
    delete error.stack;
    expect(describeError(error).trace).toEqual([""]);
  });

  test("names a value that is no error by its type", () => {
    expect(describeError(undefined)).toEqual({ errorType: "undefined", errorMessage: "undefined", trace: [] });
  });
});
