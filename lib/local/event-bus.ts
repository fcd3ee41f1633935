import { setTimeout as delay } from "node:timers/promises";

import { compilePattern } from "./event-pattern.ts";
import type { InvocationResult } from "./lambda-runtime.ts";
import type { EventBridgeEvent } from "./s3-object-created-event.ts";
import type { ResolvedResource } from "./template.ts";

/** Lambda tries an event that a function failed on twice again. */
const ATTEMPTS = 3;

interface Rule {
  readonly matches: (event: unknown) => boolean;
  readonly targets: readonly string[];
}

/** Delivers events to the functions that the template's rules name. */
export interface EventBus {
  put(event: EventBridgeEvent): Promise<void>;
}

/** Reads the rules of the template; events that a function fails on three times are logged and dropped. */
export const createEventBus = (
  resources: readonly ResolvedResource[],
  invoke: (arn: string, payload: string) => Promise<InvocationResult>,
  onDropped: (target: string, message: string) => void,
): EventBus => {
  const rules = resources.filter(({ type }) => type === "AWS::Events::Rule").map(readRule);
  const deliver = async (target: string, payload: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await invoke(target, payload);
      if (!("functionError" in result)) return;
      if (attempt === ATTEMPTS) return onDropped(target, `${result.errorType}: ${result.errorMessage}`);
      await delay(100 * attempt);
    }
  };
  return {
    put: async (event) => {
      const targets = rules.filter(({ matches }) => matches(event)).flatMap(({ targets: arns }) => arns);
      const payload = JSON.stringify(event);
      await Promise.all(targets.map((target) => deliver(target, payload)));
    },
  };
};

const readRule = ({ properties }: ResolvedResource): Rule => {
  const { EventPattern, Targets } = properties();
  return {
    matches: compilePattern(EventPattern),
    targets: (Targets as readonly { readonly Arn: string }[]).map(({ Arn }) => Arn),
  };
};
