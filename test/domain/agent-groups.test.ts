import { describe, expect, it } from "vitest";
import { groupByCapabilities } from "../../lib/domain/agent-groups.ts";

const capabilities = [["gpu"], [], ["gpu", "eu"], ["eu"]].map((names) => new Set(names));
const group = (agents: readonly number[], ...required: string[][]) =>
  groupByCapabilities(agents, capabilities, required);

describe("groups of agents", () => {
  it("hold all agents together where no task asks for a capability", () => {
    expect(group([0, 1, 2, 3], []).groups).toEqual([[0, 1, 2, 3]]);
  });

  it("are told apart only by what tasks ask for", () => {
    expect(group([0, 1, 2, 3], [], ["gpu"]).groups).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it("are split further by each set of capabilities", () => {
    expect(group([0, 1, 2, 3], ["gpu"], ["eu"], ["gpu"]).groups).toEqual([[2], [0], [3], [1]]);
  });

  it("hold only the agents that are given", () => {
    expect(group([1, 2], ["gpu"]).groups).toEqual([[2], [1]]);
    expect(group([], ["gpu"]).coverages).toEqual([{ groups: [], covers: new Uint8Array([0]), agents: 0 }]);
  });
});

describe("a coverage", () => {
  it("tells which groups have all that a task asks for, and how many agents", () => {
    expect(group([0, 1, 2, 3], ["gpu"], ["gpu", "eu"], ["sql"], []).coverages).toEqual([
      { groups: [0, 1], covers: new Uint8Array([1, 1, 0]), agents: 2 },
      { groups: [0], covers: new Uint8Array([1, 0, 0]), agents: 1 },
      { groups: [], covers: new Uint8Array([0, 0, 0]), agents: 0 },
      { groups: [0, 1, 2], covers: new Uint8Array([1, 1, 1]), agents: 4 },
    ]);
  });
});
