import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { samplePrediction } from "../../lib/domain/generate.ts";
import { parsePrediction } from "../../lib/domain/prediction.ts";

const samples = Array.from({ length: 2_000 }, (_, index) => samplePrediction(index, 21));

describe("a sample prediction", () => {
  test("is the same for the same index and seed", () => {
    expect(samplePrediction(7, 21)).toEqual(samples[7]);
  });

  test("is another one for another seed", () => {
    expect(samplePrediction(7, 22)).not.toEqual(samples[7]);
  });

  test("is a valid line, whatever index and seed", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (index, seed) => {
        expect(parsePrediction({ ...samplePrediction(index, seed) }).ok).toBe(true);
      }),
    );
  });

  test("has an id of its own", () => {
    expect(new Set(samples.map(({ task_id }) => task_id)).size).toBe(samples.length);
  });
});

describe("many sample predictions", () => {
  test("succeed with a probability from 0.70 to 0.99", () => {
    const rates = samples.map(({ success_rate }) => success_rate);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.7);
    expect(Math.max(...rates)).toBeLessThanOrEqual(0.99);
  });

  test("have priorities from 0 to 100", () => {
    const priorities = new Set(samples.map(({ priority }) => priority));
    expect([Math.min(...priorities), Math.max(...priorities)]).toEqual([0, 100]);
  });

  test("take mostly little time and sometimes much", () => {
    const durations = samples.map(({ estimated_duration_ms }) => estimated_duration_ms).toSorted((a, b) => a - b);
    const mean = durations.reduce((sum, duration) => sum + duration, 0) / durations.length;
    expect(durations[1_000]).toBeLessThan(mean);
  });

  test("are of every kind", () => {
    expect(new Set(samples.map(({ payload }) => payload.kind))).toEqual(
      new Set(["search", "code", "review", "deploy"]),
    );
  });
});
