import { stepDependencies } from "../lib/aws/dependencies.ts";
import { requireVariable } from "../lib/aws/require-variable.ts";
import type { EmptyFleet } from "../lib/domain/function-environment.ts";
import { planRun, type PlanWavesInput, type PlanWavesPorts } from "../lib/steps/plan-waves.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Reads a run's input and writes the tasks of its waves. */
export const createHandler = (ports: PlanWavesPorts) =>
  withMiddleware((input: PlanWavesInput) => planRun(input, ports));

export const handler = createHandler({
  ...stepDependencies(),
  emptyFleet: requireVariable("EMPTY_FLEET") as EmptyFleet,
});
