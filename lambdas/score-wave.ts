import { stepDependencies } from "../lib/aws/dependencies.ts";
import { scoreWave, type ScoreWaveInput, type ScoreWavePorts } from "../lib/steps/score-wave.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Scores a finished wave, so that the next one starts only after its health is on record. */
export const createHandler = (ports: ScoreWavePorts) =>
  withMiddleware((input: ScoreWaveInput) => scoreWave(input, ports));

export const handler = createHandler(stepDependencies());
