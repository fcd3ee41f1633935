import { Writable } from "node:stream";

import { describe, expect, test } from "vitest";

import { createFlushedOutput } from "../../lib/cli/flushed-output.ts";

describe("the output", () => {
  const outputTo = (write: (done: (error?: Error) => void) => void) =>
    createFlushedOutput(new Writable({ write: (_chunk, _encoding, done) => write(done) }));

  test("tells that a text was written only when it has left the process", async () => {
    let flush = (): void => {};
    const print = outputTo((done) => {
      flush = done;
    });
    let written = false;
    const printing = print("text").then((taken) => {
      written = taken;
    });
    await Promise.resolve();
    expect(written).toBe(false);
    flush();
    await printing;
    expect(written).toBe(true);
  });

  test.each(["EPIPE", "ERR_STREAM_DESTROYED"])("tells by %s that nobody reads on", async (code) => {
    const print = outputTo((done) => done(Object.assign(new Error("gone"), { code })));
    expect(await print("text")).toBe(false);
  });

  test("that fails otherwise rejects", async () => {
    const print = outputTo((done) => done(Object.assign(new Error("no space"), { code: "ENOSPC" })));
    await expect(print("text")).rejects.toThrow("no space");
  });
});
