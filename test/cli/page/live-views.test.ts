import { describe, expect, test, vi } from "vitest";

import { html, live } from "../../../lib/cli/page/html.ts";
import type { PageContent } from "../../../lib/cli/page/layout.ts";
import { type Change, createLiveViews, type ReadPage, versionOf } from "../../../lib/cli/page/live-views.ts";

/** Views of one page whose parts a test changes; `seen` is what a listener was told. */
const watchPage = () => {
  const page = { text: "one", count: 1, isLive: true };
  const seen: Change[] = [];
  const faults: unknown[] = [];
  const content = (): PageContent => ({
    title: "",
    trail: [],
    isLive: page.isLive,
    parts: { same: html`same`, text: html`${page.text} ${live("count", String(page.count))}` },
  });
  const read = vi.fn<ReadPage>(async (path) => {
    if (path === "/gone") return undefined;
    if (path === "/broken") throw new Error("no answer");
    return content();
  });
  const views = createLiveViews({ read, pollMs: 10, onFault: (error) => faults.push(error) });
  return { page, seen, faults, content, read, views, listener: (change: Change) => seen.push(change) };
};

/** Lets the time of `looks` looks pass. */
const pass = (looks: number) => vi.advanceTimersByTimeAsync(looks * 10);

const shown = (text: string, count = 1) => `${text} <span id="count">${count}</span>`;

describe("live views", () => {
  vi.useFakeTimers();

  test("tell everything first, then only the parts that have changed", async () => {
    const { page, seen, views, listener } = watchPage();
    views.listen("/", "", listener);
    await pass(3);
    expect(seen.map(({ parts }) => parts)).toEqual([{ same: "same", text: shown("one") }]);
    page.text = "two";
    await pass(2);
    expect(seen.slice(1).map(({ parts }) => parts)).toEqual([{ text: shown("two") }]);
    views.close();
  });

  test("tell only the live values of a part that is the same but for them", async () => {
    const { page, seen, views, listener } = watchPage();
    views.listen("/", "", listener);
    await pass(2);
    page.count = 2;
    await pass(2);
    expect(seen.slice(1)).toMatchObject([{ parts: {}, values: { count: "2" } }]);
    views.close();
  });

  test("tell nothing of a look that found nothing new", async () => {
    const { seen, read, content, views, listener } = watchPage();
    views.listen("/", versionOf(content()), listener);
    await pass(5);
    expect(read.mock.calls.length).toBeGreaterThan(3);
    expect(seen).toEqual([]);
    views.close();
  });

  test("look once for all listeners, and not at all when nobody listens", async () => {
    const { read, views, listener } = watchPage();
    const stops = [views.listen("/", "", listener), views.listen("/", "", (change) => listener(change))];
    await pass(2);
    const looks = read.mock.calls.length;
    expect(looks).toBeLessThanOrEqual(3);
    for (const stop of stops) stop();
    await pass(5);
    expect(read.mock.calls.length - looks).toBeLessThanOrEqual(1);
    views.close();
  });

  test("tell a listener that comes back what it has missed, and nothing where it shows that already", async () => {
    const { page, seen, views, listener } = watchPage();
    views.listen("/", "", listener);
    await pass(2);
    const known = seen.at(-1)?.version ?? "";
    const late: Change[] = [];
    views.listen("/", known, (change) => late.push(change));
    expect(late).toEqual([]);
    page.text = "two";
    await pass(2);
    expect(late.map(({ parts }) => parts)).toEqual([{ text: shown("two") }]);
    views.listen("/", known, (change) => late.push(change));
    expect(late.at(-1)?.parts).toEqual({ same: "same", text: shown("two") });
    views.close();
  });

  test("look no more when nothing can change, and say so, also to who comes later", async () => {
    const { page, seen, read, views, listener } = watchPage();
    views.listen("/", "", listener);
    page.isLive = false;
    await pass(2);
    expect(seen.at(-1)?.isOver).toBe(true);
    const looks = read.mock.calls.length;
    await pass(5);
    expect(read).toHaveBeenCalledTimes(looks);
    const late: Change[] = [];
    views.listen("/", "of-a-look-before", (change) => late.push(change));
    expect(late.at(-1)).toMatchObject({ isOver: true });
    views.close();
  });

  test("outlive a page that cannot be read, or is gone", async () => {
    const { faults, seen, views, listener } = watchPage();
    views.listen("/broken", "", listener);
    views.listen("/gone", "", listener);
    views.listen("/", "", listener);
    await pass(1);
    expect(seen).toHaveLength(1);
    expect(faults[0]).toMatchObject({ message: "no answer" });
    views.close();
    const before = faults.length;
    await pass(5);
    expect(faults).toHaveLength(before);
  });
});
