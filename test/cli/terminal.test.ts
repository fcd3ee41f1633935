import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createLiveTerminal, createTerminal } from "../../lib/cli/terminal.ts";

const { isTTY } = process.stderr;

beforeEach(() => {
  for (const name of ["NO_COLOR", "CI", "TERM"]) vi.stubEnv(name, undefined);
  process.stderr.isTTY = true;
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.stderr.isTTY = isTTY;
});

describe("a terminal", () => {
  test("shows live lines", async () => {
    expect((await createLiveTerminal(false)).live).toBeDefined();
  });

  test.each([
    ["NO_COLOR", "1"],
    ["CI", "true"],
    ["TERM", "dumb"],
  ])("shows only lines that stay where %s is %s", async (name, value) => {
    vi.stubEnv(name, value);
    expect((await createLiveTerminal(false)).live).toBeUndefined();
  });

  test("shows only lines that stay where the standard error goes to a file", async () => {
    process.stderr.isTTY = false;
    expect((await createLiveTerminal(false)).live).toBeUndefined();
  });

  test("shows nothing where it is to be quiet", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { live, say } = await createLiveTerminal(true);
    say("a line");
    expect(live).toBeUndefined();
    expect(write).not.toHaveBeenCalled();
  });

  test("says what a person watches on the standard error", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    createTerminal(false).say("a line");
    expect(write).toHaveBeenCalledWith("a line\n");
  });

  test("waits until a full standard output has room again", async () => {
    vi.spyOn(process.stdout, "write").mockReturnValue(false);
    let isDone = false;
    const done = createTerminal(false)
      .out("text")
      .then(() => (isDone = true));
    await Promise.resolve();
    expect(isDone).toBe(false);
    process.stdout.emit("drain");
    await done;
    expect(isDone).toBe(true);
  });
});
