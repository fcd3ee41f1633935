import { afterEach, expect, test, vi } from "vitest";

import { printable, printableJson, stdoutColumns } from "../../lib/cli/printable.ts";

afterEach(() => vi.unstubAllGlobals());

test("control and direction marks are written as text, emoji stay", () => {
  expect(printable(`a${String.fromCharCode(0x9b)}b${String.fromCharCode(0x2066)}c👩‍🔬\n`)).toBe(
    String.raw`a\u009bb\u2066c👩‍🔬\u000a`,
  );
});

test("JSON says the same after it was made printable", () => {
  const value = { text: `a${String.fromCharCode(0x9b)}${String.fromCharCode(0x202e)}"\n`, list: [1, {}] };
  const text = printableJson(value);
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(JSON.parse(text)).toEqual(value);
});

test.each([
  ["a terminal has its columns", { isTTY: true, columns: 80 }, 80],
  ["what is piped has no width", { isTTY: false, columns: 80 }, undefined],
])("%s", (_title, stdout, columns) => {
  vi.stubGlobal("process", { ...process, stdout });
  expect(stdoutColumns()).toBe(columns);
});
