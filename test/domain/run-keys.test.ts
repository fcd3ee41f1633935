import { expect, test } from "vitest";

import { inboxKeys, outputFiles, runKeys } from "../../lib/domain/run-keys.ts";

const at = runKeys("run-1");

/** Every key of two waves with two passes each. */
const allKeys = [
  at.plan,
  at.planRecords,
  at.planFigures,
  at.taskOutput("t1"),
  ...outputFiles.map((file) => at.output(file)),
  ...[1, 2].flatMap((wave) => [
    at.tasks(wave),
    at.ledger(wave),
    at.ledgerBackup(wave),
    ...[1, 2].flatMap((pass) => [
      at.assignments(wave, pass),
      at.deferred(wave, pass),
      at.results(wave, pass),
      at.records(wave, pass),
      at.figures(wave, pass),
    ]),
    at.pending(wave, 2),
  ]),
];

test("everything of a run stands under its own prefix and nothing in the inbox", () => {
  expect(allKeys.filter((key) => !key.startsWith("runs/run-1/"))).toEqual([]);
});

test("no two objects of a run share a key", () => {
  expect(new Set(allKeys).size).toBe(allKeys.length);
});

test("the first pass starts from the planned tasks, a later one from what the pass before left", () => {
  expect([at.pending(3, 1), at.pending(3, 2)]).toEqual([at.tasks(3), "runs/run-1/waves/3/pass-2/pending.jsonl"]);
});

test("the records of a wave and their figures are those of its passes, in order", () => {
  expect(at.waveRecords(3, 2)).toEqual([at.records(3, 1), at.records(3, 2)]);
  expect(at.waveFigures(3, 2)).toEqual([at.figures(3, 1), at.figures(3, 2)]);
});

test("the output of a task stands where SPEC E7 says", () => {
  expect(at.taskOutput("t1")).toBe("runs/run-1/outputs/t1.json");
});

test("the three files of an input stand in one inbox folder", () => {
  expect(inboxKeys("nightly")).toEqual({
    predictions: "inbox/nightly/predictions.jsonl",
    schedule: "inbox/nightly/schedule.jsonl",
    config: "inbox/nightly/config.json",
  });
});
