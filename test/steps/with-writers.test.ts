import { describe, expect, test } from "vitest";

import type { ObjectWriter } from "../../lib/domain/ports.ts";
import { withWriters } from "../../lib/steps/with-writers.ts";
import { FakeObjectStore } from "./fakes.ts";

describe("objects that are written together", () => {
  test("all appear, each with what was written to it", async () => {
    const objects = new FakeObjectStore();
    const count = await withWriters(objects, ["a", "b"], async ([a, b]) => {
      await a.write("1");
      await b.write("2");
      await a.write("3");
      return 3;
    });
    expect([count, Object.fromEntries(objects.texts)]).toEqual([3, { a: "13", b: "2" }]);
  });

  test("appear not before all is written", async () => {
    const objects = new FakeObjectStore();
    await withWriters(objects, ["a"], async ([a]) => {
      await a.write("1");
      expect(objects.texts.size).toBe(0);
    });
    expect(objects.texts.size).toBe(1);
  });

  test("appear, empty, where nothing was written", async () => {
    const objects = new FakeObjectStore();
    await withWriters(objects, ["a"], async () => undefined);
    expect(objects.texts.get("a")).toBe("");
  });

  test("do not appear, not one of them, when writing fails", async () => {
    const objects = new FakeObjectStore();
    const writing = withWriters(objects, ["a", "b"], async ([a]) => {
      await a.write("1");
      throw new Error("bad line");
    });
    await expect(writing).rejects.toThrow("bad line");
    expect([objects.texts.size, objects.events]).toEqual([0, ["dropped a", "dropped b"]]);
  });

  test("fail with the first fault, also when what was written cannot be dropped", async () => {
    const stuck: ObjectWriter = {
      write: () => undefined,
      close: () => Promise.reject(new Error("no bucket")),
      abort: () => Promise.reject(new Error("no bucket either")),
    };
    const writing = withWriters({ open: () => stuck }, ["a"], async () => undefined);
    await expect(writing).rejects.toThrow(/^no bucket$/u);
  });

  test("that are still open are dropped when one cannot be closed", async () => {
    const dropped: string[] = [];
    const open = (key: string): ObjectWriter => ({
      write: () => undefined,
      close: () => (key === "a" ? Promise.reject(new Error("no bucket")) : Promise.resolve()),
      abort: async () => void dropped.push(key),
    });
    await expect(withWriters({ open }, ["a", "b"], async () => undefined)).rejects.toThrow("no bucket");
    expect(dropped).toEqual(["a", "b"]);
  });

  test("are waited for when one cannot be closed, so that a late one does not overwrite the next try's", async () => {
    const order: string[] = [];
    const open = (key: string): ObjectWriter => ({
      write: () => undefined,
      close: async () => {
        if (key === "a") throw new Error("no bucket");
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`closed ${key}`);
      },
      abort: async () => {},
    });
    await withWriters({ open }, ["a", "b"], async () => undefined).catch(() => order.push("failed"));
    expect(order).toEqual(["closed b", "failed"]);
  });
});
