import { expect, test } from "vitest";

import { chooseRun } from "../../lib/domain/choose-run.ts";

const runs = [
  { runId: "demo-1", at: 1 },
  { runId: "demo-1234", at: 3 },
  { runId: "other-9", at: 2 },
];

test.each([
  ["its id, though another one begins with it", "demo-1", "demo-1"],
  ["the beginning of its id", "oth", "other-9"],
  ["being the latest", "latest", "demo-1234"],
])("a run is found by %s", (_title, name, runId) => {
  expect(chooseRun(name, runs, "out/")).toMatchObject({ ok: true, run: { runId } });
});

test.each([
  ["an ambiguous beginning", "demo", "run demo: expected the beginning of one run id, 2 begin so: demo-1234, demo-1"],
  [
    "a mistyped id",
    "other-8",
    "run other-8: expected a run of out/; did you mean other-9; there are: demo-1234, other-9, demo-1",
  ],
  [
    "a mistyped beginning",
    "othr",
    "run othr: expected a run of out/; did you mean other-9; there are: demo-1234, other-9, demo-1",
  ],
  [
    "a mistyped latest",
    "lates",
    "run lates: expected a run of out/; did you mean latest; there are: demo-1234, other-9, demo-1",
  ],
  ["a name like no other", "zzzzzzzzz", "run zzzzzzzzz: expected a run of out/; there are: demo-1234, other-9, demo-1"],
])("%s is refused with what there is", (_title, name, reason) => {
  expect(chooseRun(name, runs, "out/")).toEqual({ ok: false, reason });
});

test("where there are no runs, that is said", () => {
  expect(chooseRun("latest", [], "out/")).toEqual({
    ok: false,
    reason: "run latest: expected a run of out/, there is none",
  });
});
