import { stepDependencies } from "../lib/aws/dependencies.ts";
import { planRun, type PlanWavesInput, type PlanWavesPorts } from "../lib/steps/plan-waves.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Reads a run's input and writes the tasks of its waves. */
export const createHandler = (ports: PlanWavesPorts) =>
  withMiddleware((input: PlanWavesInput) => planRun(input, ports));

export const handler = createHandler(stepDependencies());
