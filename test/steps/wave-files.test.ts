import { describe, expect, test } from "vitest";

import type { ObjectWriter } from "../../lib/domain/ports.ts";
import { withWaveFiles } from "../../lib/steps/wave-files.ts";
import { FakeObjectStore } from "./fakes.ts";

const options = (lines: readonly number[]) => ({
  keyOf: (wave: number) => `wave ${wave}`,
  linesOf: new Map(lines.map((count, index) => [index + 1, count])),
});

describe("files of waves", () => {
  test("get their lines, in whatever order the waves come", async () => {
    const objects = new FakeObjectStore();
    await withWaveFiles(objects, options([2, 1, 3]), async (files) => {
      for (const wave of [1, 3, 2, 3, 1, 3]) await files.write(wave, `${wave}\n`);
    });
    expect(Object.fromEntries(objects.texts)).toEqual({ "wave 1": "1\n1\n", "wave 2": "2\n", "wave 3": "3\n3\n3\n" });
  });

  test("are sent off with their last line, not with the last of all", async () => {
    const objects = new FakeObjectStore();
    await withWaveFiles(objects, options([1, 2]), async (files) => {
      await files.write(1, "a\n");
      await files.write(2, "b\n");
      expect([...objects.texts.keys()]).toEqual(["wave 1"]);
      await files.write(2, "c\n");
    });
    expect(objects.events).toEqual(["wrote wave 1", "wrote wave 2"]);
  });

  test("wait for each other when four are on their way", async () => {
    const sent: (() => void)[] = [];
    const open = (): ObjectWriter => ({
      write: () => undefined,
      close: () => new Promise((resolve) => sent.push(resolve)),
      abort: async () => {},
    });
    let written = 0;
    const writing = withWaveFiles({ open }, options([1, 1, 1, 1, 1]), async (files) => {
      for (const wave of [1, 2, 3, 4, 5]) {
        await files.write(wave, "line\n");
        written += 1;
      }
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([sent.length, written]).toEqual([4, 3]);
    sent[2]!();
    await new Promise((resolve) => setImmediate(resolve));
    expect([sent.length, written]).toEqual([5, 4]);
    for (const end of sent) end();
    await writing;
    expect(written).toBe(5);
  });

  test("that are not full are dropped when writing fails, and those on their way are waited for", async () => {
    const order: string[] = [];
    const open = (key: string): ObjectWriter => ({
      write: () => undefined,
      close: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`closed ${key}`);
      },
      abort: async () => void order.push(`dropped ${key}`),
    });
    const writing = withWaveFiles({ open }, options([1, 2]), async (files) => {
      await files.write(1, "a\n");
      await files.write(2, "b\n");
      throw new Error("bad line");
    });
    await expect(writing).rejects.toThrow("bad line");
    expect(order).toEqual(["closed wave 1", "dropped wave 2"]);
  });

  test("fail with the fault of the one that cannot be sent, which is dropped as well", async () => {
    const dropped: string[] = [];
    const open = (key: string): ObjectWriter => ({
      write: () => undefined,
      close: () => (key === "wave 1" ? Promise.reject(new Error("no bucket")) : Promise.resolve()),
      abort: async () => void dropped.push(key),
    });
    const writing = withWaveFiles({ open }, options([1, 1]), async (files) => {
      await files.write(1, "a\n");
      await files.write(2, "b\n");
    });
    await expect(writing).rejects.toThrow("no bucket");
    expect(dropped).toEqual(["wave 1"]);
  });

  test("of which one gets fewer lines than it should do not pass for whole", async () => {
    const objects = new FakeObjectStore();
    const writing = withWaveFiles(objects, options([1, 3]), async (files) => {
      await files.write(1, "a\n");
      await files.write(2, "b\n");
    });
    await expect(writing).rejects.toThrow("wave 2: expected 2 further lines");
    expect([...objects.events]).toEqual(["wrote wave 1", "dropped wave 2"]);
  });

  test.each([1, 7])("do not take a line that nobody expects, of wave %i", async (wave) => {
    const writing = withWaveFiles(new FakeObjectStore(), options([1]), async (files) => {
      await files.write(1, "a\n");
      await files.write(wave, "b\n");
    });
    await expect(writing).rejects.toThrow(`wave ${wave}: expected no further line`);
  });
});
