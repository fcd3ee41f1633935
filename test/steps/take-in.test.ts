import { describe, expect, test } from "vitest";

import { InvalidInputError } from "../../lib/domain/errors.ts";
import type { Rejection } from "../../lib/domain/rejection.ts";
import type { Task } from "../../lib/domain/task.ts";
import { HeldLines } from "../../lib/steps/held-lines.ts";
import { type Intake, type IntakeKeys, readAccepted, takeIn } from "../../lib/steps/take-in.ts";
import { withWriters } from "../../lib/steps/with-writers.ts";
import { FakeObjectStore } from "./fakes.ts";

const keys: IntakeKeys = { predictions: "inbox/a/predictions.jsonl", schedule: "inbox/a/schedule.jsonl" };

/** A bucket with the files of an inbox folder. */
const inbox = (predictions: readonly string[], schedule?: readonly string[]): FakeObjectStore => {
  const objects = new FakeObjectStore();
  objects.texts.set(keys.predictions, predictions.join("\n"));
  if (schedule !== undefined) objects.texts.set(keys.schedule, schedule.join("\n"));
  return objects;
};

const takeInto = async (objects: FakeObjectStore): Promise<{ intake: Intake; rejected: Rejection[]; kept: Task[] }> => {
  const kept: Task[] = [];
  const intake = await withWriters(objects, ["rejected"], ([rejected]) =>
    takeIn(objects, keys, rejected, (task) => kept.push(task)),
  );
  return { intake, kept, rejected: objects.lines<Rejection>("rejected") };
};

/** Predictions that were too long to hold. */
const nothingHeld = (): HeldLines => {
  const held = new HeldLines(1);
  held.add("too long");
  return held;
};

const takeInLong = (objects: FakeObjectStore, from = keys): Promise<Intake> =>
  withWriters(objects, ["rejected"], ([rejected]) => takeIn(objects, from, rejected, () => {}));

const acceptedTasks = async (objects: FakeObjectStore, intake: Intake): Promise<Task[]> => {
  const tasks: Task[] = [];
  for await (const texts of readAccepted(objects, keys, { intake, held: nothingHeld() }, () => true)) {
    tasks.push(...texts.map(([, text]) => JSON.parse(text) as Task));
  }
  return tasks;
};

describe("predictions that are taken in", () => {
  test("are rejected where they would not fit into a batch once their numbers are written out", async () => {
    const payload = Array.from({ length: 12_000 }, () => "1e20").join(",");
    const { intake, rejected } = await takeInto(
      inbox([`{"task_id":"grows","payload":[${payload}]}`, '{"task_id":"b"}']),
    );
    expect(intake.items.map(({ taskId }) => taskId)).toEqual(["b"]);
    expect(rejected[0]?.reason).toMatch(/^line 1: the task takes 2\d{5} bytes .* expected at most 81920$/u);
  });

  test("are rejected where their schedule makes them too large for a batch", async () => {
    const ids = (prefix: string) => Array.from({ length: 450 }, (_, index) => `${prefix}${index}`.padEnd(128, "x"));
    const line = JSON.stringify({ task_id: "joins", payload: "y".repeat(60_000) });
    const { rejected } = await takeInto(inbox([line], [JSON.stringify({ task_id: "joins", depends_on: ids("d") })]));
    expect(rejected[0]?.reason).toContain("when it is written out with its schedule");
  });

  test("are taken with as much as a line may hold", async () => {
    const { intake } = await takeInto(inbox([JSON.stringify({ task_id: "full", payload: "y".repeat(65_000) })]));
    expect(intake.items).toHaveLength(1);
  });

  test("keep of a task its id, dependencies, resources, wave and line", async () => {
    const { intake } = await takeInto(
      inbox([
        "",
        '{"task_id":"a","payload":{"large":true}}',
        '{"task_id":"b","depends_on":["a"],"resources":["dock"],"wave":2}',
      ]),
    );
    expect([intake.items, intake.lines]).toEqual([
      [
        { taskId: "a", dependsOn: [], resources: [] },
        { taskId: "b", dependsOn: ["a"], resources: ["dock"], wave: 2 },
      ],
      [2, 3],
    ]);
  });

  test.each([
    { title: "weigh as long as they take where every line says how long", second: 20, weights: [0.01, 0.02] },
    { title: "weigh the same where one line does not say how long it takes", second: undefined, weights: [1, 1] },
  ])("$title", async ({ second, weights }) => {
    const line = (task_id: string, estimated_duration_ms?: number) =>
      JSON.stringify({ task_id, estimated_duration_ms });
    const { intake } = await takeInto(inbox([line("a", 10), line("b", second)]));
    expect(intake.weights).toEqual(weights);
  });

  test("are none where there is no file", async () => {
    const { intake } = await takeInto(new FakeObjectStore());
    expect([intake.items, intake.rejected]).toEqual([[], 0]);
  });
});

describe("a rejected line", () => {
  test("is named by file, line, field and text, and the others are kept", async () => {
    const { intake, rejected } = await takeInto(inbox(['{"task_id":"a","priority":101}', "{", '{"task_id":"b"}']));
    expect(rejected).toEqual([
      {
        file: "predictions.jsonl",
        line: 1,
        reason: "line 1: priority: expected an integer from 0 to 100, received 101",
        text: '{"task_id":"a","priority":101}',
      },
      { file: "predictions.jsonl", line: 2, reason: expect.stringMatching(/^line 2: expected JSON/u), text: "{" },
    ]);
    expect([intake.rejected, intake.items.map(({ taskId }) => taskId)]).toEqual([2, ["b"]]);
  });

  test("is the second one of the same task, and names the first", async () => {
    const { intake, rejected } = await takeInto(inbox(['{"task_id":"a"}', "", '{"task_id":"a","priority":1}']));
    expect(intake.items.length).toBe(1);
    expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'line 3: task_id: expected an id that no earlier line has, received "a", which line 1 has'],
    ]);
  });

  test("does not take its id from a later good one", async () => {
    const { intake } = await takeInto(inbox(['{"task_id":"a","priority":-1}', '{"task_id":"a"}']));
    expect(intake.lines).toEqual([2]);
  });
});

describe("a schedule", () => {
  const predictions = ['{"task_id":"a"}', '{"task_id":"b","wave":1}'];

  test("overrides the predictions", async () => {
    const objects = inbox(predictions, ['{"task_id":"b","wave":3,"depends_on":["a"],"agent_id":"agent_1"}']);
    const { intake } = await takeInto(objects);
    expect(intake.items[1]).toEqual({ taskId: "b", dependsOn: ["a"], resources: [], wave: 3 });
    expect((await acceptedTasks(objects, intake))[1]).toMatchObject({ wave: 3, pinned_agent_id: "agent_1" });
  });

  test.each([
    {
      title: "breaks its schema",
      lines: ['{"task_id":"a"}', '{"task_id":"b","wave":0}'],
      reason: /^line 2: wave: expected an integer from 1/u,
    },
    { title: "is not JSON", lines: ['{"task_id":"a"}', "no"], reason: /^line 2: expected JSON/u },
    {
      title: "names a task a second time",
      lines: ['{"task_id":"a"}', '{"task_id":"a"}'],
      reason: /^line 2: task_id: expected one line a task, received "a" again$/u,
    },
    {
      title: "names a task that has no valid prediction",
      lines: ['{"task_id":"a"}', '{"task_id":"stranger"}'],
      reason: /^line 2: task_id: expected an id of a valid prediction line, received "stranger"$/u,
    },
  ])("has a line rejected that $title", async ({ lines, reason }) => {
    const { rejected } = await takeInto(inbox(predictions, lines));
    expect(rejected).toMatchObject([{ file: "schedule.jsonl", line: 2, reason: expect.stringMatching(reason) }]);
  });

  test("has each bad line rejected once, also when strangers make it be read again", async () => {
    const { intake, rejected } = await takeInto(
      inbox(predictions, ["no", '{"task_id":"a","wave":0}', '{"task_id":"stranger"}', '{"task_id":"b"}']),
    );
    expect([rejected.map(({ line }) => line), intake.rejected]).toEqual([[1, 2, 3], 3]);
  });
});

describe("the second reading", () => {
  test.each([
    { title: "from memory", take: async (objects: FakeObjectStore) => (await takeInto(objects)).intake },
    { title: "from the bucket where they are too long to hold", take: takeInLong },
  ])("gives the accepted tasks in order, without what the first reading left out, $title", async ({ take }) => {
    const lines = ['{"task_id":"a","payload":1}', "bad", '{"task_id":"a"}', '{"task_id":"b","owner":"x"}'];
    const objects = inbox(lines);
    const intake = await take(objects);
    expect(await acceptedTasks(objects, intake)).toMatchObject([
      { task_id: "a", payload: 1, success_rate: 0.85 },
      { task_id: "b", payload: null, owner: "x" },
    ]);
  });

  test("reads the version that the first one read", async () => {
    const objects = new FakeObjectStore();
    const versioned = { ...keys, predictionsVersion: "v1" };
    objects.texts.set(`${keys.predictions}@v1`, '{"task_id":"old"}');
    objects.texts.set(keys.predictions, '{"task_id":"new"}');
    const intake = await takeInLong(objects, versioned);
    const texts: (readonly [number, string])[] = [];
    const again = readAccepted(objects, versioned, { intake, held: nothingHeld() }, () => true);
    for await (const batch of again) texts.push(...batch);
    expect(texts.map(([, text]) => (JSON.parse(text) as Task).task_id)).toEqual(["old"]);
  });

  test.each([
    {
      title: "held",
      held: () => {
        const lines = new HeldLines();
        for (const id of ["a", "c", "d"]) lines.add(`{"task_id":"${id}"}`);
        return lines;
      },
    },
    { title: "read again", held: nothingHeld },
  ])("are given again with their indices, those that are wanted ($title)", async ({ held }) => {
    const objects = inbox(['{"task_id":"a"}', "bad", '{"task_id":"c"}', '{"task_id":"d"}']);
    const { intake } = await takeInto(objects);
    const given: unknown[] = [];
    const wanted = readAccepted(objects, keys, { intake, held: held() }, (index) => index !== 1);
    for await (const batch of wanted)
      given.push(...batch.map(([index, text]) => [index, (JSON.parse(text) as Task).task_id]));
    expect(given).toEqual([
      [0, "a"],
      [2, "d"],
    ]);
  });

  test.each([
    { title: "has another task in a line", now: ['{"task_id":"a"}', '{"task_id":"c"}'] },
    { title: "has a line that is bad now", now: ['{"task_id":"a"}', "bad"] },
    { title: "has fewer lines", now: ['{"task_id":"a"}'] },
  ])("refuses a file that was overwritten and $title, rather than lose a task", async ({ now }) => {
    const objects = inbox(['{"task_id":"a"}', '{"task_id":"b"}']);
    const intake = await takeInLong(objects);
    objects.texts.set(keys.predictions, now.join("\n"));
    await expect(acceptedTasks(objects, intake)).rejects.toThrow(InvalidInputError);
  });
});
