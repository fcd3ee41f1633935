import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { randomFor } from "../../lib/domain/random.ts";
import { drainQueues, type FinishedRun, runToEnd } from "../e2e/run.ts";
import { checkFailed, checkFinished } from "./check-run.ts";
import { type FaultyCloud, startFaultyCloud } from "./faulty-cloud.ts";
import { type FaultyRun, faultyRun } from "./faulty-run.ts";

/** How many runs, and the seed of the first: a group that fails is made again by its first seed and as many runs as it has. */
const runs = Number(process.env["PHASE21_FAULT_RUNS"] ?? 8);
const firstSeed = Number(process.env["PHASE21_FAULT_SEED"] ?? 1);

/** Runs side by side: while one waits for a thread to start again or for a retry, the others go on. */
const GROUP_SIZE = 4;

/** A run that has not ended by then is stuck. */
const STUCK_MS = 180_000;

const groups = Array.from({ length: Math.ceil(runs / GROUP_SIZE) }, (_, index) => {
  const seed = firstSeed + index * GROUP_SIZE;
  const size = Math.min(GROUP_SIZE, runs - index * GROUP_SIZE);
  const rate = 0.05 + randomFor("rate", seed) * 0.15;
  const members = Array.from({ length: size }, (_unused, member) => faultyRun(seed + member));
  return {
    title: `${Math.round(rate * 100)} % faults: ${members.map(({ title }) => title).join("; ")}`,
    seed,
    rate,
    members,
  };
});

let cloud: FaultyCloud;
const failures: string[] = [];
const lost: string[] = [];

beforeAll(async () => {
  cloud = await startFaultyCloud(0.001);
}, 60_000);

afterAll(async () => {
  process.stderr.write(
    `faults: ${JSON.stringify(cloud.counts)}\nuploads again: ${JSON.stringify(lost)}\nruns that failed: ${JSON.stringify(failures)}\n`,
  );
  await cloud.stop();
});

/** The finished run, or the message of its failure. */
const endOf = async (run: FaultyRun): Promise<FinishedRun | string> => {
  const stuck = Promise.withResolvers<never>();
  const timer = setTimeout(() => stuck.reject(new Error(`${run.title}: stuck\n${cloud.log.join("\n")}`)), STUCK_MS);
  try {
    return await Promise.race([runToEnd(cloud.stack, run.inputs), stuck.promise]);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("run ")) throw error;
    // The event, or what it started, was lost more often than it is tried: the sweep of the inbox would find it within minutes.
    if (!error.message.includes("expected the upload to start it")) return error.message;
    lost.push(run.title);
    return await endOf(run);
  } finally {
    clearTimeout(timer);
  }
};

describe("whatever fails on its way, a run ends, loses no task and counts none twice", () => {
  test.each(groups)("$title", { timeout: 2 * STUCK_MS }, async ({ seed, rate, members }) => {
    cloud.setFaults(seed, rate);
    const ends = await Promise.all(members.map(async (run) => ({ run, end: await endOf(run) })));
    cloud.setFaults(seed, 0);
    const received = await drainQueues(cloud.stack);
    const runIds = new Set<string>();
    for (const { run, end } of ends) {
      const runId = typeof end === "string" ? (/^run ([^:]+):/u.exec(end)?.[1] ?? "") : end.runId;
      runIds.add(runId);
      if (typeof end === "string") {
        failures.push(`${run.title}: ${end}`);
        await checkFailed(cloud.stack, runId, run);
      } else {
        const own = received.filter(({ run_id }) => run_id === runId);
        await checkFinished(cloud.stack, run, end, own);
      }
    }
    expect(received.filter(({ run_id }) => !runIds.has(run_id))).toEqual([]);
  });

  test("few runs fail, and those say why", () => {
    const tooMany = failures.length > Math.ceil(runs * 0.1) ? failures : [];
    expect(tooMany).toEqual([]);
  });
});
