import { type LambdaClient, LambdaServiceException } from "@aws-sdk/client-lambda";
import { type AgentOutcome, errorLine } from "../domain/agent-request.ts";
import { type KindCaller, startTimeLimit } from "./agent-call.ts";
import { invokeFunction } from "./invoke-function.ts";
import { describeFault } from "./network-fault.ts";
import { readAnswer } from "./read-answer.ts";

/** Functions that are being created, updated or restored answer 409, so that may pass as well. */
const isTransient = ({ name, $metadata }: LambdaServiceException): boolean => {
  const status = $metadata.httpStatusCode ?? 500;
  return status >= 500 || [408, 409, 425, 429].includes(status) || /throttl|toomanyrequests/i.test(name);
};

const explainFailure = (cause: unknown): AgentOutcome => {
  if (!(cause instanceof LambdaServiceException)) return { kind: "transient", error: describeFault(cause) };
  return {
    kind: isTransient(cause) ? "transient" : "permanent",
    error: errorLine(`${cause.name}: ${cause.message}`),
  };
};

/**
 * An agent that is a Lambda function, invoked with the request as its event (SPEC E3). A function that fails instead of answering
 * may do better the next time. The client must not retry by itself: the state machine does, and each attempt counts.
 */
export const createLambdaCaller =
  ({ lambda }: { readonly lambda: LambdaClient }): KindCaller<"lambda"> =>
  async ({ function_name }, { request, context }) => {
    const limit = startTimeLimit(context);
    const result = await invokeFunction(lambda, function_name, request, limit);
    switch (result.kind) {
      case "returned":
        return readAnswer(result.payload);
      case "crashed":
        return { kind: "transient", error: result.error };
      case "failed":
        return limit.aborted ? { kind: "timed_out" } : explainFailure(result.cause);
    }
  };
