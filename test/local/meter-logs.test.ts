import { describe, expect, test } from "vitest";

import { lineBytes, platformBytes } from "../../lib/local/meter-logs.ts";

const error = {
  errorType: "Error",
  errorMessage: "no",
  trace: ["Error: no", "    at file:///bundles/a/index.mjs:1:2"],
};

test("a line is billed with its bytes and the 26 of each event", () => {
  expect(lineBytes("é")).toBe(28);
});

describe("what Lambda itself logs of an invocation", () => {
  test("is nothing at WARN where it succeeds", () => {
    expect(platformBytes("WARN", "/bundles/a")).toBe(0);
  });

  test("is its start and its report at INFO, 732 bytes together", () => {
    expect(platformBytes("INFO", "/bundles/a")).toBe(732);
  });

  test("is also its end at DEBUG", () => {
    expect(platformBytes("DEBUG", "/bundles/a")).toBeGreaterThan(platformBytes("INFO", "/bundles/a"));
  });

  test("is more where it fails, at WARN as well, but for the 317 bytes of its start", () => {
    const atWarn = platformBytes("WARN", "/bundles/a", error);
    expect(atWarn).toBeGreaterThan(0);
    expect(platformBytes("INFO", "/bundles/a", error)).toBe(atWarn + 317);
  });

  test("does not depend on where bundles lie on this machine", () => {
    const moved = { ...error, trace: error.trace.map((line) => line.replace("/bundles/a", "/somewhere/else/b")) };
    expect(platformBytes("WARN", "/somewhere/else/b", moved)).toBe(platformBytes("WARN", "/bundles/a", error));
  });
});
