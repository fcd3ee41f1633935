import { stepDependencies } from "../lib/aws/dependencies.ts";
import { assignWave, type AssignWaveInput, type AssignWavePorts } from "../lib/steps/assign-wave.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Settles the pass before and hands what is pending to the agents. */
export const createHandler = (ports: AssignWavePorts) =>
  withMiddleware((input: AssignWaveInput) => assignWave(input, ports));

export const handler = createHandler(stepDependencies());
