import { budgetWarnings, explainExhausted, findExhausted, type Spent } from "../domain/budget.ts";
import type { BatchContext } from "../domain/execution.ts";
import type { Clock, Log, RunStore } from "../domain/ports.ts";
import { CONTROL_CACHE_MS, explainCancelled, type RunControl } from "../domain/run-control.ts";

/** Why an attempt may not start. `deferred`: the task waits for a later pass, and spends none. */
interface Stop {
  readonly outcome: "deferred" | "cancelled" | "budget_exhausted";
  readonly error: string;
}

/** Asks before each attempt whether the run may still make any: the operator's word, and what is left of its budget. */
export interface RunGuard {
  /** Undefined where the attempt may start; it counts as started then. */
  admit(batch: BatchContext): Promise<Stop | undefined>;
  /** The operator's word alone, for what waits to be tried again. */
  ask(batch: BatchContext): Promise<Stop | undefined>;
  /** Puts on the run's account what an attempt cost. */
  charge(batch: BatchContext, cost: Partial<Pick<Spent, "cost_usd" | "tokens">>): Promise<void>;
}

interface GuardPorts {
  readonly runs: Pick<RunStore, "readControl" | "addSpent">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

const stopOf = (control: RunControl): Stop | undefined => {
  switch (control.state) {
    case "RUN":
      return undefined;
    case "PAUSED":
      return { outcome: "deferred", error: `the run is paused since ${control.since}` };
    case "CANCELLED":
      return { outcome: "cancelled", error: explainCancelled(control) };
  }
};

interface Deposit {
  readonly more: Spent;
  readonly resolve: (sum: Spent) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Adds to a run's account, one write at a time: what comes while a write is under way shares the next one. Each gets the sum
 * as it stood after its own deposit, in the order in which they came.
 */
const createAccount = (write: (more: Spent) => Promise<Spent>) => {
  let waiting: Deposit[] = [];
  let writing = false;
  const writeAll = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const deposits = waiting;
      waiting = [];
      try {
        const attempts = deposits.reduce((sum, { more }) => sum + more.attempts, 0);
        const cost_usd = deposits.reduce((sum, { more }) => sum + more.cost_usd, 0);
        const tokens = deposits.reduce((sum, { more }) => sum + more.tokens, 0);
        const sum = await write({ attempts, cost_usd, tokens });
        let before = sum.attempts - attempts;
        for (const { more, resolve } of deposits) resolve({ ...sum, attempts: (before += more.attempts) });
      } catch (error) {
        for (const { reject } of deposits) reject(error);
      }
    }
    writing = false;
  };
  return (more: Spent): Promise<Spent> =>
    new Promise((resolve, reject) => {
      waiting.push({ more, resolve, reject });
      if (!writing) void writeAll();
    });
};

/** What a process knows of one run. */
interface KnownRun {
  readonly deposit: (more: Spent) => Promise<Spent>;
  control?: { readonly readAt: number; readonly read: Promise<RunControl> };
  /** Once spent, a budget stays so. */
  exhausted?: Stop;
  readonly warned: Set<string>;
}

/** A guard that many invocations of one executor share. */
export const createRunGuard = ({ runs, clock, log }: GuardPorts): RunGuard => {
  const known = new Map<string, KnownRun>();
  const knownOf = (runId: string): KnownRun => {
    const run = known.get(runId) ?? {
      deposit: createAccount((more) => runs.addSpent(runId, more)),
      warned: new Set<string>(),
    };
    known.set(runId, run);
    return run;
  };

  const ask = async ({ run_id }: BatchContext): Promise<Stop | undefined> => {
    const run = knownOf(run_id);
    const now = clock.now();
    if (run.control === undefined || now - run.control.readAt >= CONTROL_CACHE_MS) {
      const read = runs.readControl(run_id);
      run.control = { readAt: now, read };
      read.catch(() => {
        if (run.control?.read === read) delete run.control;
      });
    }
    return stopOf(await run.control.read);
  };

  const warn = (batch: BatchContext, lines: readonly string[]): void => {
    const { warned } = knownOf(batch.run_id);
    for (const line of lines) {
      const limit = line.slice(0, line.indexOf(":"));
      if (warned.has(limit)) continue;
      warned.add(limit);
      log.warn("budget runs out", { run_id: batch.run_id, wave: batch.wave, budget: line });
    }
  };

  const spend = async (batch: BatchContext): Promise<Stop | undefined> => {
    const { budget, run_id, started_at } = batch;
    if (budget === undefined) return undefined;
    const run = knownOf(run_id);
    if (run.exhausted !== undefined) return run.exhausted;
    const spent = await run.deposit({ attempts: 1, cost_usd: 0, tokens: 0 });
    const seconds = (clock.now() - Date.parse(started_at)) / 1_000;
    const over = findExhausted(budget, { ...spent, attempts: spent.attempts - 1 }, seconds);
    warn(batch, budgetWarnings(budget, spent, seconds));
    if (over === undefined) return undefined;
    // What is refused was no attempt.
    await run.deposit({ attempts: -1, cost_usd: 0, tokens: 0 });
    run.exhausted = { outcome: "budget_exhausted", error: explainExhausted(over) };
    return run.exhausted;
  };

  return {
    ask,
    admit: async (batch) => (await ask(batch)) ?? spend(batch),
    charge: async ({ budget, run_id, wave }, { cost_usd = 0, tokens = 0 }) => {
      if (budget === undefined || (cost_usd === 0 && tokens === 0)) return;
      try {
        await knownOf(run_id).deposit({ attempts: 0, cost_usd, tokens });
      } catch (error) {
        // The agent has done the work: to fail here would ask it to do it again.
        log.warn("cost not on the run's account", { run_id, wave, cost_usd, tokens, error: String(error) });
      }
    },
  };
};
