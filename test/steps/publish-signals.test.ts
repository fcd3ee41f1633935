import { describe, expect, test } from "vitest";

import type { TaskRecord } from "../../lib/domain/record.ts";
import type { RunConfig } from "../../lib/domain/run-config.ts";
import type { Signal } from "../../lib/domain/signal.ts";
import type { EndedWave } from "../../lib/steps/measure-wave.ts";
import { publishSignals } from "../../lib/steps/publish-signals.ts";
import { agent, attempt, completed, config, failed, times, unassignable } from "../domain/report-builders.ts";
import { at, createPlannedWorld, planned, putRecords, RUN, type World } from "./builders.ts";

const ended: EndedWave = { run_id: RUN, wave: 1, pass: 1 };

/** The feedback that SPEC IN3 has where a run asks for nothing else. */
const byDefault: RunConfig["feedback"] = { ...config.feedback, phase_16: false };

const endedWorld = async (
  records: readonly TaskRecord[],
  feedback: Partial<RunConfig["feedback"]> = {},
): Promise<World> => {
  const world = await createPlannedWorld(
    records.map(({ task_id }) => planned(task_id)),
    { config: { feedback: { ...byDefault, ...feedback } } },
  );
  await putRecords(world, records, 1);
  return world;
};

const sentTo = ({ queues }: World, phase: number): Signal[] =>
  queues.sent.filter((message) => message.phase === phase).flatMap(({ body }) => JSON.parse(body) as Signal[]);

const ledgerOf = (world: World): Signal[] => world.objects.lines<Signal>(at.ledger(1));

const fourTasks = [
  completed({ task_id: "t0" }),
  completed({ task_id: "t1", agent_id: "agent_1" }),
  failed({ task_id: "t2" }),
  unassignable({ task_id: "t3" }),
];

describe("the signals of a wave", () => {
  test("are one a task for agents, one a task for predictions and one for the wave; tasks that never ran have none", async () => {
    const world = await endedWorld(fourTasks);
    expect(await publishSignals(ended, world)).toEqual({
      ...ended,
      signals: {
        by_type: { agent_performance: 3, prediction_validation: 3, multi_agent_coordination: 1 },
        by_phase: { "18": 4, "20": 3 },
      },
    });
    expect([ledgerOf(world).length, sentTo(world, 18).length, sentTo(world, 20).length]).toEqual([7, 4, 3]);
  });

  test("are sent as the ledger holds them, each to its own phase", async () => {
    const world = await endedWorld(fourTasks, { phase_16: true });
    await publishSignals(ended, world);
    for (const phase of [16, 18, 20]) {
      expect(sentTo(world, phase)).toEqual(ledgerOf(world).filter(({ target_phase }) => target_phase === phase));
      expect(sentTo(world, phase).length).toBeGreaterThan(0);
    }
  });

  test("bear the time at which their task ended, and those of the wave the time of the last one", async () => {
    const late = [attempt({ started_at: "2026-03-01T12:05:00.000Z" })];
    const world = await endedWorld([completed({ task_id: "t0" }), completed({ task_id: "t1", attempt_log: late })]);
    await publishSignals(ended, world);
    expect(ledgerOf(world).map(({ timestamp }) => timestamp)).toEqual([
      "2026-01-01T12:00:01.000Z",
      "2026-01-01T12:00:01.000Z",
      "2026-03-01T12:05:01.000Z",
      "2026-03-01T12:05:01.000Z",
      "2026-03-01T12:05:01.000Z",
    ]);
  });

  test("of a wave in which nothing ran bear the time at which the run began", async () => {
    const world = await endedWorld([unassignable()]);
    await publishSignals(ended, world);
    expect(ledgerOf(world).map(({ signal_type, timestamp }) => [signal_type, timestamp])).toEqual([
      ["multi_agent_coordination", "2026-03-01T12:00:00.000Z"],
    ]);
  });

  test("reach their phase also where an agent bears the name of a field", async () => {
    const world = await createPlannedWorld([planned("t0")], { agents: [agent("target_phase")] });
    await putRecords(world, [completed({ agent_id: "target_phase" })], 1);
    await publishSignals(ended, world);
    expect(sentTo(world, 18).map(({ signal_type }) => signal_type)).toEqual([
      "agent_performance",
      "multi_agent_coordination",
    ]);
  });
});

describe("feedback", () => {
  test.each([
    { title: "is all of it where all phases are told", feedback: { phase_16: true }, phases: [16, 18, 20] },
    { title: "spares phase 18 where the run says so", feedback: { phase_18: false }, phases: [20] },
    { title: "spares phase 20 where the run says so", feedback: { phase_20: false }, phases: [18] },
    { title: "is none where no phase is told", feedback: { phase_18: false, phase_20: false }, phases: [] },
  ])("$title", async ({ feedback, phases }) => {
    const world = await endedWorld(fourTasks, feedback);
    const { signals } = await publishSignals(ended, world);
    expect(Object.keys(signals.by_phase).map(Number)).toEqual(phases);
    expect(new Set<number>(world.queues.sent.map(({ phase }) => phase))).toEqual(new Set(phases));
  });
});

describe("the ledger and its backup", () => {
  test("are complete before the first message leaves", async () => {
    const world = await endedWorld(fourTasks);
    world.events.length = 0;
    await publishSignals(ended, world);
    expect(world.events).toEqual([`wrote ${at.ledger(1)}`, `wrote ${at.ledgerBackup(1)}`, "sent to 18", "sent to 20"]);
  });

  test("hold the same signals", async () => {
    const world = await endedWorld(fourTasks);
    await publishSignals(ended, world);
    expect(world.objects.lines(at.ledgerBackup(1))).toEqual(ledgerOf(world));
  });

  test("stand there, empty, where no phase is told anything", async () => {
    const world = await endedWorld(fourTasks, { phase_18: false, phase_20: false });
    await publishSignals(ended, world);
    expect([ledgerOf(world), world.objects.texts.get(at.ledgerBackup(1))]).toEqual([[], ""]);
  });

  test("are on record also where a queue takes nothing", async () => {
    const world = await endedWorld(fourTasks);
    world.queues.send = () => Promise.reject(new Error("no queue"));
    await expect(publishSignals(ended, world)).rejects.toThrow("no queue");
    expect(ledgerOf(world).length).toBe(7);
  });

  test("hold the same bytes, and the messages the same ids, when the step runs twice", async () => {
    const world = await endedWorld(fourTasks, { phase_16: true });
    const first = await publishSignals(ended, world);
    const [texts, sent] = [new Map(world.objects.texts), world.queues.sent.splice(0)];
    world.clock.time += 60_000;
    expect(await publishSignals(ended, world)).toEqual(first);
    expect([world.objects.texts, world.queues.sent]).toEqual([texts, sent]);
    const ids = ledgerOf(world).map(({ signal_id }) => signal_id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a message", () => {
  test("holds as many signals as the run asks for, of one run, wave and phase", async () => {
    const records = times(7, (n) => completed({ task_id: `t${n}` }));
    const world = await endedWorld(records, { signals_per_message: 3 });
    await publishSignals(ended, world);
    expect(world.queues.sent.map(({ phase, count, runId, wave }) => [phase, count, runId, wave])).toEqual([
      [18, 3, RUN, 1],
      [20, 3, RUN, 1],
      [18, 3, RUN, 1],
      [20, 3, RUN, 1],
      [18, 2, RUN, 1],
      [20, 1, RUN, 1],
    ]);
  });

  test("says how many signals its body holds, all of its phase", async () => {
    const world = await endedWorld(
      times(9, (n) => completed({ task_id: `t${n}` })),
      { signals_per_message: 4 },
    );
    await publishSignals(ended, world);
    for (const { phase, body, count } of world.queues.sent) {
      const signals = JSON.parse(body) as Signal[];
      expect([signals.length, signals.every(({ target_phase }) => target_phase === phase)]).toEqual([count, true]);
    }
  });

  test("is full but for the last of its phase, however large the wave", async () => {
    const records = times(5_250, (n) => completed({ task_id: `t${n}` }));
    const world = await endedWorld(records);
    await publishSignals(ended, world);
    const countsOf = (phase: number) =>
      world.queues.sent.filter((message) => message.phase === phase).map(({ count }) => count);
    expect(countsOf(18)).toEqual([...Array<number>(52).fill(100), 51]);
    expect(countsOf(20)).toEqual([...Array<number>(52).fill(100), 50]);
    expect(new Set(sentTo(world, 20).map(({ signal_id }) => signal_id)).size).toBe(5_250);
  });

  test("is the same where all of them are too long to be held, and the ledger is read again", async () => {
    const records = times(250, (n) => completed({ task_id: `t${n}` }));
    const [held, read] = [await endedWorld(records), await endedWorld(records)];
    await publishSignals(ended, held);
    await publishSignals(ended, read, 1_000);
    expect(read.queues.sent).toEqual(held.queues.sent);
    expect(held.queues.sent).toHaveLength(6);
  });

  test("leaves before the next ones are made where they are not held", async () => {
    const world = await endedWorld(times(250, (n) => completed({ task_id: `t${n}` })));
    const drawn: unknown[] = [];
    world.queues.send = async (messages) => {
      for await (const message of messages) {
        drawn.push(message);
        world.objects.texts.delete(at.ledger(1));
        if (drawn.length === 2) throw new Error("no queue");
      }
    };
    await expect(publishSignals(ended, world, 1_000)).rejects.toThrow("no queue");
    expect(drawn).toHaveLength(2);
  });
});
