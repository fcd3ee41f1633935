import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { RunTooLargeError } from "../../lib/domain/errors.ts";
import { countRounds, planRounds } from "../../lib/domain/writing-rounds.ts";

const planOf = (waveOf: readonly number[]) => {
  const waves = [...new Set(waveOf)].filter((wave) => wave > 0).toSorted((a, b) => a - b);
  return {
    waveOf: Int32Array.from(waveOf),
    waves: waves.map((wave) => ({ wave, tasks: waveOf.filter((other) => other === wave).length, dependsOnWaves: [] })),
  };
};

const roundsOf = (waveOf: readonly number[], together: number, each = together): Record<number, number> =>
  Object.fromEntries(
    planRounds(
      planOf(waveOf),
      waveOf.map(() => 10),
      { together, each },
    ),
  );

describe("waves are written", () => {
  test("in one round where they lie one after the other, however many there are", () => {
    expect(roundsOf([1, 1, 2, 2, 3, 3], 20)).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test("in one round where they fit together", () => {
    expect(roundsOf([1, 2, 3, 1, 2, 3], 60)).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test("in more rounds where they lie across each other and do not fit", () => {
    expect(roundsOf([1, 2, 3, 1, 2, 3], 40)).toEqual({ 1: 0, 2: 0, 3: 1 });
  });

  test("one a round where not even one fits", () => {
    expect(roundsOf([1, 2, 1, 2], 5, 50)).toEqual({ 1: 0, 2: 1 });
  });

  test("with what a file holds at the most, however large it grows", () => {
    expect(roundsOf([1, 2, 1, 2, 1, 2, 1, 2], 20, 10)).toEqual({ 1: 0, 2: 0 });
  });

  test("without the tasks that are set aside", () => {
    expect(roundsOf([0, 7, 0, 7], 100)).toEqual({ 7: 0 });
    expect(roundsOf([], 100)).toEqual({});
  });

  test("each in one round, and what is open together fits or is alone", () => {
    const tasks = fc.array(fc.record({ wave: fc.integer({ min: 0, max: 6 }), bytes: fc.integer({ min: 1, max: 9 }) }));
    fc.assert(
      fc.property(tasks, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (input, together, each) => {
        const waveOf = input.map(({ wave }) => wave);
        const plan = planOf(waveOf);
        const roundOf = planRounds(
          plan,
          input.map(({ bytes }) => bytes),
          { together, each },
        );
        expect([...roundOf.keys()].toSorted((a, b) => a - b)).toEqual(plan.waves.map(({ wave }) => wave));
        const heldBy = (wave: number) =>
          Math.min(
            each,
            input.reduce((sum, task) => sum + (task.wave === wave ? task.bytes : 0), 0),
          );
        for (const round of new Set(roundOf.values())) {
          for (const index of waveOf.keys()) {
            const open = plan.waves
              .map(({ wave }) => wave)
              .filter((wave) => roundOf.get(wave) === round)
              .filter((wave) => waveOf.indexOf(wave) <= index && waveOf.lastIndexOf(wave) >= index);
            const sum = open.reduce((held, wave) => held + heldBy(wave), 0);
            expect(open.length <= 1 || sum <= together).toBe(true);
          }
        }
      }),
    );
  });
});

describe("what is gone through", () => {
  const across = planOf([1, 2, 1, 2]);

  test("once, where nothing is in a wave", () => {
    expect(countRounds(new Map())).toBe(1);
  });

  test("often is refused where it would not end in time, with what to do", () => {
    const held = { together: 1, each: 1_000 };
    expect(countRounds(planRounds(across, [5e9, 5e9, 5e9, 5e9], held))).toBe(2);
    expect(() => planRounds(across, [5e9, 5e9, 5e9, 5e9 + 1], held)).toThrow(
      new RunTooLargeError(
        "expected predictions whose waves lie one after the other, received 2 waves across each other in 20,000 MB, which would " +
          "be read 2 times: sort the predictions by wave, or split them into more runs",
      ),
    );
  });

  test("once is never refused", () => {
    expect(countRounds(planRounds(across, [1e12, 1e12, 1e12, 1e12]))).toBe(1);
  });
});
