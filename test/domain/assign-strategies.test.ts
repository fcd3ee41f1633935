import { expect, test } from "vitest";
import { AgentRoster } from "../../lib/domain/agent-roster.ts";
import { createChooser } from "../../lib/domain/assign-strategies.ts";
import { findEligibility } from "../../lib/domain/eligibility.ts";
import { strategies } from "../../lib/domain/run-config.ts";
import { agent, tasks } from "./assign-builders.ts";

test.each(strategies)("%s chooses nobody where every quota is used up", (strategy) => {
  const agents = [agent("a", { quota: 1 }), agent("b", { quota: 0 })];
  const eligibility = findEligibility(tasks(1), agents);
  const roster = new AgentRoster(agents, eligibility);
  const chooser = createChooser({ strategy, tasks: 1, agents, eligibility, roster, cursor: 0 });
  const amongUntried = () => eligibility.classes.map((taskClass) => chooser.amongUntried(taskClass));
  expect(amongUntried()).toEqual([0]);
  roster.take(0, 1);
  chooser.took(0);
  expect(amongUntried()).toEqual([-1]);
  expect(chooser.among([0, 1])).toBe(-1);
});
