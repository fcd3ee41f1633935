import { expect, test } from "vitest";
import { fleetRate, rankAgents, renderAgents } from "../../lib/domain/report-agents.ts";
import { agent, attempt, completed, failed, tallyOf, times } from "./report-builders.ts";

const on = (agent_id: string) => ({ agent_id, attempt_log: [attempt({ agent_id })] });
const strong = times(9, () => completed(on("agent_1")));
const weak = times(6, (n) => (n === 1 ? completed(on("agent_0")) : failed(on("agent_0"))));

test("agents are ranked by the share of tried tasks that they completed, idle ones last", () => {
  const ranks = rankAgents(tallyOf([...strong, ...weak]), [agent("agent_2"), agent("agent_1"), agent("agent_0")]);
  expect(ranks.map(({ agent_id, rate }) => [agent_id, rate])).toEqual([
    ["agent_0", 1 / 6],
    ["agent_1", 1],
    ["agent_2", null],
  ]);
});

test("agents of equal strength are ranked by id", () => {
  const ranks = rankAgents(tallyOf([]), [agent("b"), agent("c"), agent("a")]);
  expect(ranks.map(({ agent_id }) => agent_id)).toEqual(["a", "b", "c"]);
});

test("a task lost to a backup counts against the agent that lost it", () => {
  const rescued = completed({
    agent_id: "agent_1",
    attempt_log: [attempt(), attempt({ pass: 2, agent_id: "agent_1" })],
  });
  const totals = tallyOf([rescued]);
  expect(rankAgents(totals, [])[0]).toMatchObject({ agent_id: "agent_0", tried: 1, rate: 0 });
  expect(fleetRate(totals)).toBe(0.5);
});

test("an agent is weak when it is more than 10 points below all agents together", () => {
  const ranks = rankAgents(tallyOf([...strong, ...weak]), []);
  expect(ranks.map((rank) => rank.weak)).toEqual([true, false]);
});

test("fewer than five tries are too few to call an agent weak", () => {
  expect(rankAgents(tallyOf([...strong, ...weak.slice(2)]), [])[0]).toMatchObject({ rate: 0, tried: 4, weak: false });
});

test("weak agents are named, and OFFLINE ones", () => {
  const text = renderAgents(tallyOf([...strong, ...weak]), [agent("agent_0", { online: false }), agent("agent_1")]);
  expect(text).toContain(
    "1 agent is weak: agent_0 (16.7 %), while all agents together completed 66.7 % of what they tried. 1 agent is OFFLINE: agent_0.",
  );
});

test("several weak and OFFLINE agents are spoken of in the plural", () => {
  const both = [...strong, ...strong, ...weak, ...times(5, () => failed(on("agent_2")))];
  const text = renderAgents(tallyOf(both), [agent("agent_0", { online: false }), agent("agent_2", { online: false })]);
  expect(text).toContain("2 agents are weak: agent_2 (0.0 %), agent_0 (16.7 %)");
  expect(text).toContain("2 agents are OFFLINE: agent_2, agent_0.");
});

test("where no agent stands out, the report says so", () => {
  expect(renderAgents(tallyOf(strong), [agent("agent_1")])).toContain(
    "None stands out: all agents together completed 100.0 %",
  );
});

test("the table has a row an agent, weakest first, with dashes for what an agent has not", () => {
  const text = renderAgents(tallyOf([...strong, ...weak]), [
    agent("agent_1", { current_load: 1 }),
    agent("agent_2", { online: false }),
  ]);
  expect(text.match(/^\| agent_.*$/gm)).toEqual([
    "| agent_0 | not in the fleet | 6 | 1 | 5 | 0 | 16.7 % | 0.7667 |",
    "| agent_1 | BUSY | 9 | 9 | 0 | 0 | 100.0 % | 0.1000 |",
    "| agent_2 | OFFLINE | 0 | 0 | 0 | 0 | – | – |",
  ]);
});

test("a fleet that executed nothing has no weak agents", () => {
  expect(renderAgents(tallyOf([]), [agent("agent_0")])).toContain("No agent executed a task.");
});

test("only the 50 weakest of a large fleet are listed", () => {
  const text = renderAgents(
    tallyOf(strong),
    Array.from({ length: 60 }, (_, n) => agent(`idle_${n}`)),
  );
  expect(text).toContain("11 stronger or idle agents left out.");
  expect(text.match(/^\| (agent|idle)_.*$/gm)).toHaveLength(50);
});
