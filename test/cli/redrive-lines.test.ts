import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeAll, expect, test } from "vitest";

import { chooseFrom, type RedriveSource, writePredictions, writeSchedule } from "../../lib/cli/redrive-lines.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-redrive-lines-"));
});

const bytes = async function* (lines: readonly string[]) {
  yield new TextEncoder().encode(lines.join("\n"));
};
const sourceOf = (files: {
  results: readonly string[];
  predictions: readonly string[];
  schedule?: readonly string[];
}): RedriveSource => ({
  predictions: async () => bytes(files.predictions),
  schedule: async () => (files.schedule === undefined ? undefined : bytes(files.schedule)),
  results: async () => bytes(files.results),
  resultsName: "results.jsonl",
});

const record = (task_id: string, reason: string | null) =>
  JSON.stringify({ task_id, status: reason === null ? "COMPLETED" : "FAILED", reason });
const results = [record("a", null), record("b", "permanent"), record("c", "dependency_failed")];
const predictions = ['{"task_id":"a"}', '{"task_id":"b","depends_on":["a"]}', '{"task_id":"c", "depends_on":["b"]}'];

const redriven = async (source: RedriveSource, reasons?: Parameters<typeof chooseFrom>[1]) => {
  const redrive = await chooseFrom(source, reasons);
  const path = join(folder, "lines.jsonl");
  await writePredictions(source, redrive, path);
  return { added: redrive.added, lines: (await readFile(path, "utf8")).trimEnd().split("\n") };
};

test("lines of tasks that did not complete are taken as they stand, without dependencies that have completed", async () => {
  expect(await redriven(sourceOf({ results, predictions }))).toEqual({
    added: [],
    lines: ['{"task_id":"b","depends_on":[]}', '{"task_id":"c", "depends_on":["b"]}'],
  });
});

test("lines that the run rejected are left out: the first valid line of a task counts", async () => {
  const messy = ["{oops", '{"task_id":"b","priority":"x"}', ...predictions, '{"task_id":"b","priority":1}'];
  const { lines } = await redriven(sourceOf({ results, predictions: messy }));
  expect(lines).toEqual(['{"task_id":"b","depends_on":[]}', '{"task_id":"c", "depends_on":["b"]}']);
});

test("a dependency that only the schedule names is brought along", async () => {
  const schedule = ['{"task_id":"c","depends_on":["b","a"]}', '{"task_id":"a","wave":1}'];
  const source = sourceOf({
    results,
    schedule,
    predictions: ['{"task_id":"a"}', '{"task_id":"b"}', '{"task_id":"c"}'],
  });
  expect((await redriven(source, new Set(["dependency_failed"] as const))).added).toEqual(["b"]);
  const path = join(folder, "schedule.jsonl");
  expect(await writeSchedule(source, await chooseFrom(source, undefined), path)).toBe(true);
  expect(await readFile(path, "utf8")).toBe('{"task_id":"c","depends_on":["b"]}\n');
});

test("a run without a schedule is redriven without one", async () => {
  const source = sourceOf({ results, predictions });
  expect(await writeSchedule(source, await chooseFrom(source, undefined), join(folder, "none.jsonl"))).toBe(false);
});

test("predictions of another run are refused", async () => {
  await expect(redriven(sourceOf({ results, predictions: ['{"task_id":"b"}'] }))).rejects.toThrow(
    "results.jsonl: expected the results of the predictions given, but 1 of its tasks are not among them",
  );
});

test.each(["{oops", "[]", '{"task_id":"a"}', '{"task_id":"a","status":"FAILED","reason":"late"}'])(
  "a file that holds %s is refused as results",
  async (line) => {
    await expect(redriven(sourceOf({ results: [line], predictions }))).rejects.toThrow(
      `results.jsonl: expected the records of a run, received the line ${line}`,
    );
  },
);
