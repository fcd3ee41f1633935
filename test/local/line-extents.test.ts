import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type LineExtent, readLine, readLines } from "../../lib/local/line-extents.ts";

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "line-extents-"));
  file = join(directory, "lines");
});
afterAll(() => rm(directory, { recursive: true }));

test.each<[string, string, readonly string[]]>([
  ["no lines", "", []],
  ["whole lines", "a\nb\n", ["a", "b"]],
  ["whole lines, not what follows the last", "a\nb", ["a"]],
  ["empty lines", "\n\na\n", ["", "", "a"]],
  [
    "lines longer than a chunk of the file",
    `${"x".repeat(200_000)}\n${"é".repeat(100_000)}\nz\n`,
    ["x".repeat(200_000), "é".repeat(100_000), "z"],
  ],
])("a file gives %s, each to be read again where it stands", async (_title, text, expected) => {
  await writeFile(file, text);
  const lines: (LineExtent & { readonly text: string })[] = [];
  for await (const line of readLines(file)) lines.push(line);
  expect(lines.map((line) => line.text)).toEqual(expected);
  expect(lines.map((line) => readLine(file, line))).toEqual(expected);
});
