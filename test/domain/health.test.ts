import fc from "fast-check";
import { expect, test } from "vitest";
import { healthComponents, healthScore, healthStatus } from "../../lib/domain/health.ts";

const perfect = { tasks: 4, completed: 4, onlineAgents: 2, agents: 2, meanDelta: 0, loads: [2, 2] };

test.each([
  ["58 of 60 on 4 agents", 58, 60, [15, 15, 15, 15], 95.67],
  ["48 of 50 on 6 agents", 48, 50, [9, 9, 8, 8, 8, 8], 94.87],
  ["46 of 50 on 8 agents", 46, 50, [7, 7, 6, 6, 6, 6, 6, 6], 93.2],
])("%s scores as SPEC H1 checks it", (_title, done, tasks, loads, score) => {
  const input = { tasks, completed: done, onlineAgents: loads.length, agents: loads.length, meanDelta: 0.15, loads };
  expect(healthScore(healthComponents(input))).toBe(score);
});

test("a perfect wave scores 100", () => {
  expect(healthScore(healthComponents(perfect))).toBe(100);
});

test("a wave without tasks is not held to have failed", () => {
  expect(healthComponents({ ...perfect, tasks: 0, completed: 0 }).success_rate).toBe(1);
});

test("a fleet without agents is not available", () => {
  expect(healthComponents({ ...perfect, onlineAgents: 0, agents: 0, loads: [] }).availability).toBe(0);
});

test("agents that have nothing to do are in balance", () => {
  expect(healthComponents({ ...perfect, loads: [0, 0] }).load_balance).toBe(1);
});

test("a single busy agent among idle ones drives the balance to 0, never below", () => {
  expect(healthComponents({ ...perfect, loads: [1000, 0, 0, 0] }).load_balance).toBe(0);
});

test("every part stays within 0 and 1, whatever the figures", () => {
  const count = fc.nat({ max: 1000 });
  const input = fc.record({
    tasks: count,
    completed: count,
    onlineAgents: count,
    agents: count,
    meanDelta: fc.double({ min: 0, max: 2, noNaN: true }),
    loads: fc.array(count, { maxLength: 20 }),
  });
  fc.assert(
    fc.property(input, (figures) => {
      for (const part of Object.values(healthComponents(figures))) {
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test.each([
  [90, "EXCELLENT"],
  [89.99, "GOOD"],
  [75, "GOOD"],
  [74.99, "FAIR"],
  [50, "FAIR"],
  [49.99, "POOR"],
])("a score of %d is called %s", (score, status) => {
  expect(healthStatus(score)).toBe(status);
});
