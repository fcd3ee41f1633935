import type { Usage } from "../domain/usage.ts";
import type { LambdaError } from "./lambda-host.ts";
import { lineBytes, platformBytes, type SystemLogLevel } from "./meter-logs.ts";
import { ServiceCounters } from "./meter-services.ts";
import type { ExecutionMeter } from "./states/frame.ts";

/** What the bill of a function depends on. */
interface MeteredFunction {
  /** MiB. */
  readonly memorySize: number;
  readonly systemLogLevel: SystemLogLevel;
  readonly bundleDirectory: string;
  /** It serves the items of a Distributed Map. */
  readonly calledPerItem: boolean;
}

/** Told what a function does. */
interface FunctionMeter {
  /** It wrote a line. */
  readonly line: (line: string) => void;
  /** An invocation ended after so many milliseconds, with an error where it failed. */
  readonly invoked: (milliseconds: number, error: LambdaError | undefined) => void;
}

/** Counts what AWS would bill for what a cloud does, from its start on. */
export interface Meter {
  /** What the services' thread adds to. */
  readonly services: ServiceCounters;
  readonly executions: ExecutionMeter;
  meterFunction(fn: MeteredFunction): FunctionMeter;
  /** What was counted so far. */
  usage(): Usage;
}

/**
 * MB that an Express execution is billed with: 50, its definition, and 40 payloads of a Map at a time, which with the 256 KiB that one
 * may have are 10 more; so always the first chunk of 64.
 *
 * @see https://aws.amazon.com/step-functions/pricing/
 */
const expressMegabytes = 64;

const megabytesPerGigabyte = 1_024;

/**
 * Makes a meter at zero. `executorMs` is what an invocation for an item of a Distributed Map is billed with in place of the time that
 * it took on this machine, where hundreds of them share a thread.
 */
export const createMeter = (executorMs?: number): Meter => {
  const services = new ServiceCounters();
  const counts = {
    standardTransitions: 0,
    expressRequests: 0,
    expressTenths: 0,
    lambdaRequests: 0,
    lambdaMegabyteMs: 0,
    logBytes: 0,
  };
  return {
    services,
    executions: {
      transition: () => {
        counts.standardTransitions += 1;
      },
      child: (expressMs) => {
        counts.standardTransitions += 1;
        if (expressMs === undefined) return;
        counts.expressRequests += 1;
        counts.expressTenths += Math.ceil(expressMs / 100);
      },
      taskMs: (measured) => executorMs ?? measured,
    },
    meterFunction: ({ memorySize, systemLogLevel, bundleDirectory, calledPerItem }) => {
      const platform = platformBytes(systemLogLevel, bundleDirectory);
      const assumed = calledPerItem ? executorMs : undefined;
      return {
        line: (line) => {
          counts.logBytes += lineBytes(line);
        },
        invoked: (milliseconds, error) => {
          counts.lambdaRequests += 1;
          counts.lambdaMegabyteMs += memorySize * Math.ceil(assumed ?? milliseconds);
          counts.logBytes += error === undefined ? platform : platformBytes(systemLogLevel, bundleDirectory, error);
        },
      };
    },
    usage: () => ({
      ...services.read(),
      standardTransitions: counts.standardTransitions,
      expressRequests: counts.expressRequests,
      expressGbSeconds: ((counts.expressTenths / 10) * expressMegabytes) / megabytesPerGigabyte,
      lambdaRequests: counts.lambdaRequests,
      lambdaGbSeconds: counts.lambdaMegabyteMs / 1_000 / megabytesPerGigabyte,
      logBytes: counts.logBytes,
    }),
  };
};
