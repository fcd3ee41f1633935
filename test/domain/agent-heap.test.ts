import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AgentHeap, AgentOrder } from "../../lib/domain/agent-heap.ts";

const heapOf = (loads: readonly number[]) => {
  const order = new AgentOrder(loads.length);
  order.load.set(loads);
  const heap = new AgentHeap([...loads.keys()], order, new Int32Array(loads.length));
  return { order, heap };
};

const nobody: ReadonlySet<number> = new Set();

describe("an order of agents", () => {
  it("goes by rank, then load, then index", () => {
    const order = new AgentOrder(4);
    order.rank.set([1, 0, 0, 0]);
    order.load.set([0, 2, 1, 1]);
    expect([0, 1, 2, 3].sort((some, other) => (order.isBefore(some, other) ? -1 : 1))).toEqual([2, 3, 1, 0]);
  });

  it("prefers anybody to nobody", () => {
    const order = new AgentOrder(2);
    expect(order.firstOf(-1, 1)).toBe(1);
    expect(order.firstOf(1, -1)).toBe(1);
    expect(order.firstOf(-1, -1)).toBe(-1);
    expect(order.firstOf(1, 0)).toBe(0);
  });
});

describe("a heap of agents", () => {
  it("has nobody first where it is empty or everybody is excluded", () => {
    expect(heapOf([]).heap.first(nobody)).toBe(-1);
    expect(heapOf([1, 2]).heap.first(new Set([0, 1]))).toBe(-1);
  });

  it("has the same agent first as a scan, whatever grew and whoever is excluded", () => {
    const step = fc.record({
      agent: fc.nat(19),
      growth: fc.nat(3),
      rises: fc.boolean(),
      excluded: fc.subarray([0, 1, 2, 3, 4]),
    });
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }), fc.array(step), (loads, steps) => {
        const { order, heap } = heapOf(loads);
        for (const { agent, growth, rises, excluded } of steps) {
          const grown = agent % loads.length;
          order.load[grown] = (order.load[grown] ?? 0) + growth;
          if (rises) order.rank[grown] = Infinity;
          heap.sink(grown);
          const others = [...loads.keys()].filter((index) => !excluded.includes(index));
          const scanned = others.reduce((best, index) => order.firstOf(best, index), -1);
          expect(heap.first(new Set(excluded))).toBe(scanned);
        }
      }),
    );
  });
});
