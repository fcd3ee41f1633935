import { describe, expect, test, vi } from "vitest";

import { html } from "../../../lib/cli/page/html.ts";
import { type Change, createLiveViews, type ReadPage } from "../../../lib/cli/page/live-views.ts";

/** Views of one page whose parts a test changes; `seen` is what a listener was told. */
const watchPage = () => {
  const page = { text: "one", isLive: true };
  const seen: Change[] = [];
  const faults: unknown[] = [];
  const read = vi.fn<ReadPage>(async (path) => {
    if (path === "/gone") return undefined;
    if (path === "/broken") throw new Error("no answer");
    return { title: "", trail: [], isLive: page.isLive, parts: { same: html`same`, text: html`${page.text}` } };
  });
  const views = createLiveViews({ read, pollMs: 10, onFault: (error) => faults.push(error) });
  return { page, seen, faults, read, views, listener: (change: Change) => seen.push(change) };
};

/** Lets the time of `looks` looks pass. */
const pass = (looks: number) => vi.advanceTimersByTimeAsync(looks * 10);

describe("live views", () => {
  vi.useFakeTimers();

  test("tell everything first, then only what has changed", async () => {
    const { page, seen, views, listener } = watchPage();
    views.listen("/", undefined, listener);
    await pass(3);
    expect(seen.map(({ parts }) => parts)).toEqual([{ same: "same", text: "one" }]);
    page.text = "two";
    await pass(2);
    expect(seen.slice(1).map(({ parts }) => parts)).toEqual([{ text: "two" }]);
    views.close();
  });

  test("look once for all listeners, and not at all when nobody listens", async () => {
    const { read, views, listener } = watchPage();
    const stops = [views.listen("/", undefined, listener), views.listen("/", undefined, listener)];
    await pass(2);
    const looks = read.mock.calls.length;
    expect(looks).toBeLessThanOrEqual(3);
    for (const stop of stops) stop();
    await pass(5);
    expect(read.mock.calls.length - looks).toBeLessThanOrEqual(1);
    views.close();
  });

  test("tell a listener that comes back what it has missed, and nothing that it has", async () => {
    const { page, seen, views, listener } = watchPage();
    views.listen("/", undefined, listener);
    await pass(2);
    const known = seen.at(-1)?.version;
    page.text = "two";
    await pass(2);
    const late: Change[] = [];
    views.listen("/", known, (change) => late.push(change));
    expect(late.map(({ parts }) => parts)).toEqual([{ text: "two" }]);
    views.listen("/", "of-another-server.99", (change) => late.push(change));
    expect(late.at(-1)?.parts).toEqual({ same: "same", text: "two" });
    views.close();
  });

  test("look no more when nothing can change, and say so, also to who comes later", async () => {
    const { page, seen, read, views, listener } = watchPage();
    views.listen("/", undefined, listener);
    page.isLive = false;
    await pass(2);
    expect(seen.at(-1)?.isOver).toBe(true);
    const looks = read.mock.calls.length;
    await pass(5);
    expect(read).toHaveBeenCalledTimes(looks);
    views.listen("/", seen.at(-1)?.version, listener);
    expect(seen.at(-1)).toMatchObject({ isOver: true, parts: {} });
    views.close();
  });

  test("outlive a page that cannot be read, or is gone", async () => {
    const { faults, seen, views, listener } = watchPage();
    views.listen("/broken", undefined, listener);
    views.listen("/gone", undefined, listener);
    views.listen("/", undefined, listener);
    await pass(1);
    expect(seen).toHaveLength(1);
    expect(faults[0]).toMatchObject({ message: "no answer" });
    views.close();
    const before = faults.length;
    await pass(5);
    expect(faults).toHaveLength(before);
  });
});
