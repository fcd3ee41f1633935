import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareByConfidence } from "../../lib/domain/share-by-confidence.ts";
import { agent, probe } from "./assign-builders.ts";

const fleet = (...capacities: number[]) => capacities.map((capacity, index) => agent(`agent_${index}`, { capacity }));
const shares = (...given: Parameters<typeof shareByConfidence>) => [...shareByConfidence(...given).shares];

describe("shares", () => {
  it("are in proportion to capacity", () => {
    expect(shares(fleet(10, 20, 30), 60)).toEqual([10, 20, 30]);
  });

  it("give what does not divide to the largest remainders", () => {
    expect(shares(fleet(10, 17, 13), 10)).toEqual([3, 4, 3]);
    expect(shares(fleet(10, 18, 12), 10)).toEqual([3, 4, 3]);
    expect(shares(fleet(14, 14, 12), 10)).toEqual([4, 3, 3]);
  });

  it("give equal remainders to the more confident agent first", () => {
    expect(shares([agent("a", { confidence: 0.5 }), agent("b", { confidence: 0.9 })], 3)).toEqual([1, 2]);
  });

  it("leave OFFLINE agents out and give a probe one task beside the others", () => {
    expect(shares([agent("a"), agent("b", { online: false }), probe("c"), agent("d")], 4)).toEqual([2, 0, 1, 2]);
  });

  it("add up to the tasks", () => {
    const capacities = fc.array(fc.double({ min: 0.01, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(capacities, fc.nat(1_000_000), (given, tasks) => {
        const dealt = shares(fleet(...given), tasks);
        expect(dealt.reduce((sum, share) => sum + share, 0)).toBe(tasks);
        const total = given.reduce((sum, capacity) => sum + capacity, 0);
        for (const [index, share] of dealt.entries()) {
          expect(Math.abs(share - (tasks * (given[index] ?? 0)) / total)).toBeLessThan(1.000001);
        }
      }),
    );
  });
});

describe("positions", () => {
  it("are those by descending confidence, ties to the earlier id", () => {
    const confidences = [0.5, 0.9, 0.5, 0.7];
    const agents = confidences.map((confidence, index) => agent(`agent_${index}`, { confidence }));
    expect([...shareByConfidence(agents, 4).positions]).toEqual([2, 0, 3, 1]);
  });
});
