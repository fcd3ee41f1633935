import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { openJournals } from "../../lib/local/execution-journals.ts";
import type { EndedExecution, ExecutionStart } from "../../lib/local/journal-file.ts";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "journals-")), "executions");
  file = join(directory, "run-1.jsonl");
});
afterEach(() => rm(join(directory, ".."), { recursive: true }));

const startOf = (name: string, startDate = "2026-01-01T00:00:00.000Z"): ExecutionStart => ({
  arn: `arn:aws:states:us-east-1:000000000000:execution:Run:${name}`,
  name,
  stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:Run",
  input: '{"a":1}',
  startDate: new Date(startDate),
});
const start = startOf("run-1");
const end: EndedExecution = { status: "SUCCEEDED", output: { n: 1 }, stopDate: new Date("2026-01-01T00:01:00.000Z") };
const lines = async (): Promise<unknown[]> =>
  (await readFile(file, "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

describe("a directory", () => {
  test("is made where it is missing", async () => {
    expect(await openJournals(directory)).toMatchObject({ ended: [], unfinished: [] });
    expect(await readdir(directory)).toEqual([]);
  });

  test("may hold files that are no journals", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "notes.txt"), "notes");
    expect(await openJournals(directory)).toMatchObject({ ended: [], unfinished: [] });
  });

  test("gives what was cut off in the order in which it was started", async () => {
    const journals = await openJournals(directory);
    journals.begin(startOf("a", "2026-01-01T00:00:02.000Z"));
    journals.begin(startOf("b", "2026-01-01T00:00:01.000Z"));
    const { unfinished } = await openJournals(directory);
    expect(unfinished.map((execution) => execution.start.name)).toEqual(["b", "a"]);
  });
});

describe("an execution that was cut off", () => {
  test("is found with its start and its entries", async () => {
    const journal = (await openJournals(directory)).begin(start);
    journal.write("A#1", { é: [1, null] });
    journal.write("B#1", null);
    const { ended, unfinished } = await openJournals(directory);
    expect(ended).toEqual([]);
    expect(unfinished.map((execution) => execution.start)).toEqual([start]);
    const found = unfinished[0]?.journal;
    expect(found?.read("A#1")).toEqual({ é: [1, null] });
    expect(found?.read("B#1")).toBeNull();
    expect(found?.read("C#1")).toBeUndefined();
  });

  test("is known by its start alone", async () => {
    (await openJournals(directory)).begin(start);
    expect((await openJournals(directory)).unfinished).toHaveLength(1);
  });

  test("has the latest of two entries for a path", async () => {
    const journal = (await openJournals(directory)).begin(start);
    journal.write("A#1", 1);
    journal.write("A#1", 2);
    expect((await openJournals(directory)).unfinished[0]?.journal.read("A#1")).toBe(2);
  });

  test.each<[string, string]>([
    ["torn in its last line", '{"path":"B#1","val'],
    ["without its last line end", '{"path":"B#1","value":1}'],
    ["spoilt in a line", '\0\0\n{"path":"B#1","value":1}\n'],
    ["spoilt by a line that is no entry", 'null\n{"path":"B#1","value":1}\n'],
  ])("goes on from what stands before, and writes behind that, where its file is %s", async (_title, torn) => {
    (await openJournals(directory)).begin(start).write("A#1", 1);
    await appendFile(file, torn);
    const [found] = (await openJournals(directory)).unfinished;
    expect(found?.journal.read("A#1")).toBe(1);
    expect(found?.journal.read("B#1")).toBeUndefined();
    found?.journal.write("C#1", 3);
    expect((await lines()).slice(1)).toEqual([
      { path: "A#1", value: 1 },
      { path: "C#1", value: 3 },
    ]);
  });
});

test.each<[string, string]>([
  ["empty", ""],
  ["torn in its first line", '{"arn":"arn:aws'],
])("a file that is %s is removed: nobody was told of that start", async (_title, text) => {
  await mkdir(directory);
  await writeFile(file, text);
  const journals = await openJournals(directory);
  expect(journals.unfinished).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
  journals.begin(start);
  expect(await lines()).toHaveLength(1);
});

describe("an execution that ended", () => {
  test("is found with start and end, and its file holds no more than these", async () => {
    const journal = (await openJournals(directory)).begin(start);
    journal.write("A#1", 1);
    journal.end(end);
    expect(await lines()).toHaveLength(2);
    expect(await openJournals(directory)).toMatchObject({ ended: [{ start, end }], unfinished: [] });
    expect(await readdir(directory)).toEqual(["run-1.jsonl"]);
  });

  test("is unfinished as long as its end does not stand in its own file", async () => {
    (await openJournals(directory)).begin(start).write("A#1", 1);
    await writeFile(`${file}.new`, `${JSON.stringify(start)}\n`);
    expect((await openJournals(directory)).unfinished).toHaveLength(1);
    expect(await readdir(directory)).toEqual(["run-1.jsonl"]);
  });
});

describe("refusals", () => {
  test("a file with another first line is not taken for a journal", async () => {
    await mkdir(directory);
    await writeFile(file, '{"task_id":"a"}\n');
    await expect(openJournals(directory)).rejects.toMatchObject({
      name: "Phase21.JournalFailed",
      message: `journal ${file}: cannot open it: its first line is not the start of an execution`,
    });
    expect(await lines()).toHaveLength(1);
  });

  test("a file that cannot be read is named", async () => {
    await mkdir(file, { recursive: true });
    await expect(openJournals(directory)).rejects.toThrow(`journal ${file}: cannot open it: EISDIR`);
  });

  test("a start whose file is there is refused, and the file stays", async () => {
    const journals = await openJournals(directory);
    journals.begin(start).write("A#1", 1);
    expect(() => journals.begin(start)).toThrow(`journal ${file}: cannot write the start: EEXIST`);
    expect(await lines()).toHaveLength(2);
  });

  test("a start that cannot be written is refused", async () => {
    const journals = await openJournals(directory);
    await rm(directory, { recursive: true });
    expect(() => journals.begin(start)).toThrow(`journal ${file}: cannot write the start: ENOENT`);
  });

  test("an entry that cannot be written or read, and an end that cannot be written, say what the system said", async () => {
    (await openJournals(directory)).begin(start).write("A#1", 1);
    const [found] = (await openJournals(directory)).unfinished;
    await rm(directory, { recursive: true });
    expect(() => found?.journal.read("A#1")).toThrow(`journal ${file}: cannot read the entry A#1: ENOENT`);
    expect(() => found?.journal.write("B#1", 1)).toThrow(`journal ${file}: cannot write the entry B#1: ENOENT`);
    expect(() => found?.journal.end(end)).toThrow(`journal ${file}: cannot write the end: ENOENT`);
  });
});
