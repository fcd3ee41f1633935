import { queueDependencies, stepDependencies } from "../lib/aws/dependencies.ts";
import type { EndedWave } from "../lib/steps/measure-wave.ts";
import { publishSignals, type PublishSignalsPorts } from "../lib/steps/publish-signals.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Tells the phases that learn what a wave came to, and confirms it before the wave ends. */
export const createHandler = (ports: PublishSignalsPorts) =>
  withMiddleware((input: EndedWave) => publishSignals(input, ports));

export const handler = createHandler({ ...stepDependencies(), ...queueDependencies() });
