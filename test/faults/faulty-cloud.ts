import { type Stack, stackOf } from "../../lib/cli/stack.ts";
import { randomFor } from "../../lib/domain/random.ts";
import { startCloud } from "../../lib/local/cloud.ts";
import type { Kill } from "../../lib/local/lambda-runtime.ts";
import { type FaultKind, type FaultyService, planFaults, planKills } from "./fault-plan.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";

/** Faults that happened, by kind: `s3.throttled`, `kill.before`. */
type FaultCounts = Record<string, number>;

/** A cloud in which things go wrong, though not for the stack's own clients. */
export interface FaultyCloud {
  readonly stack: Stack;
  /** Faults so far. */
  readonly counts: FaultCounts;
  /** The last lines that functions wrote, to say what went wrong. */
  readonly log: readonly string[];
  /** From now on faults happen as this seed says, at `rate` a request and at half of it an invocation of a step; 0 ends them. */
  setFaults(seed: number, rate: number): void;
  stop(): Promise<void>;
}

/** The executor is invoked tens of times where a step is once; each of its kills ends all batches and tasks of its thread. */
const EXECUTOR_SHARE = 1 / 4;

/** Latest delivery of an event of S3, late enough to come behind the next one. */
const MAX_LATE_MS = 50;

const MAX_LOG_LINES = 400;

/** Counts what happens, by name, from 1. */
const createCounter = () => {
  const counts = new Map<string, number>();
  return (name: string): number => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  };
};

/** The faults of a seed; what they befall is counted from here on, so that the same seed gives the same ones again. */
const faultsOf = (seed: number, rate: number) => {
  const planned = planFaults(seed, rate);
  const kills = planKills(seed, (name) => (rate / 2) * (name.startsWith("ExecuteTask") ? EXECUTOR_SHARE : 1));
  const next = createCounter();
  return {
    nextFault: (service: FaultyService) => planned(service, next(service)),
    nextKill: (name: string) => kills(name, next(name)),
    /** When an event of S3 is delivered, in milliseconds: once, twice or three times. */
    deliveries: (): readonly number[] => {
      const event = next("event");
      const times = rate === 0 ? 1 : 1 + Math.floor(randomFor("deliveries", seed, event) * 3);
      return Array.from({ length: times }, (_, delivery) => randomFor("lateness", seed, event, delivery) * MAX_LATE_MS);
    },
  };
};

const nameOf = (kill: Kill): string => `kill.${typeof kill === "object" ? "during" : kill}`;

/** Brings the stack up with a fault proxy before each service, kills of every function, and events that come twice and out of order. */
export const startFaultyCloud = async (timeScale: number): Promise<FaultyCloud> => {
  const counts: FaultCounts = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const proxies: FaultProxy[] = [];
  const log: string[] = [];
  let current = faultsOf(0, 0);

  const interpose = async (service: FaultyService | "gateway", endpoint: string): Promise<string> => {
    if (service === "gateway") return endpoint;
    const onFault = (kind: FaultKind): void => count(`${service}.${kind}`);
    const proxy = await startFaultProxy({ service, endpoint, nextFault: () => current.nextFault(service), onFault });
    proxies.push(proxy);
    return proxy.endpoint;
  };
  const cloud = await startCloud({
    timeScale,
    secret: () => undefined,
    onLog: (name, line) => {
      if (log.push(`${name} ${line}`) > MAX_LOG_LINES) log.shift();
    },
    faults: {
      interpose,
      kill: (name) => {
        const kill = current.nextKill(name);
        if (kill !== undefined) count(nameOf(kill));
        return kill;
      },
      deliver: (put) => {
        const deliveries = current.deliveries();
        if (deliveries.length > 1) count("event.repeated");
        for (const lateMs of deliveries) setTimeout(() => void put(), lateMs);
      },
    },
  });
  return {
    stack: stackOf(cloud),
    counts,
    log,
    setFaults: (seed, rate) => {
      current = faultsOf(seed, rate);
    },
    stop: async () => {
      await cloud.stop();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
};
