import { expect, test } from "vitest";

import { withMiddleware } from "../../lambdas/with-middleware.ts";
import { InvalidInputError } from "../../lib/domain/errors.ts";
import { stepRetrier } from "../../lib/domain/retry-policy.ts";
import { invoke } from "./function-context.ts";

test("the step gets the event, and what it gives is the answer", async () => {
  const handler = withMiddleware(async ({ n }: { n: number }) => ({ twice: 2 * n }));
  expect(await invoke(handler, { n: 21 })).toEqual({ twice: 42 });
});

test("an error leaves by its name, as it is", async () => {
  const error = new InvalidInputError("config.json: expected an object");
  const handler = withMiddleware(() => Promise.reject(error));
  await expect(invoke(handler, {})).rejects.toBe(error);
});

test("a step that is about to hit the time limit ends as Lambda's own time-out does, which the state machine retries", async () => {
  const handler = withMiddleware(() => new Promise(() => {}));
  const ended = invoke(handler, {}, 500);
  await expect(ended).rejects.toMatchObject({ name: "Sandbox.Timedout", message: expect.stringContaining("500 ms") });
  expect(stepRetrier.errorEquals).toContain("Sandbox.Timedout");
});
