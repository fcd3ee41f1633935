import { vi } from "vitest";

/** What the stack gives every function, before a module of lambdas/ is imported: each builds its handler from it. */
export const stubFunctionEnvironment = (): void => {
  const environment = {
    AWS_REGION: "us-east-1",
    BUCKET_NAME: "a-bucket",
    TABLE_NAME: "a-table",
    STAGE: "dev",
    EMPTY_FLEET: "simulate",
    STATE_MACHINE_ARN: "arn:aws:states:us-east-1:000000000000:stateMachine:Run",
    PHASE_16_QUEUE_URL: "http://127.0.0.1:1/000000000000/phase-16",
    PHASE_18_QUEUE_URL: "http://127.0.0.1:1/000000000000/phase-18",
    PHASE_20_QUEUE_URL: "http://127.0.0.1:1/000000000000/phase-20",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
};

type Handler<Event, Result> = (event: Event, context: never) => Result;

/** Invokes a handler as Lambda does, with so much time left. */
export const invoke = async <Event, Result>(
  handler: Handler<Event, Result>,
  event: Event,
  remainingMs = 60_000,
): Promise<Awaited<Result>> => {
  const context = { functionName: "f", getRemainingTimeInMillis: () => remainingMs };
  return await handler(event, context as never);
};
