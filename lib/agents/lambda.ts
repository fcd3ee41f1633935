import {
  InvokeCommand,
  type InvokeCommandOutput,
  type LambdaClient,
  LambdaServiceException,
} from "@aws-sdk/client-lambda";
import { type AgentOutcome, errorLine } from "../domain/agent-request.ts";
import { type KindCaller, startTimeLimit } from "./agent-call.ts";
import { describeFault } from "./network-fault.ts";
import { parseJson, readAnswer } from "./read-answer.ts";

/** Functions that are being created, updated or restored answer 409, so that may pass as well. */
const isTransient = ({ name, $metadata }: LambdaServiceException): boolean => {
  const status = $metadata.httpStatusCode ?? 500;
  return status >= 500 || [408, 409, 425, 429].includes(status) || /throttl|toomanyrequests/i.test(name);
};

const explainFailure = (error: unknown): AgentOutcome => {
  if (!(error instanceof LambdaServiceException)) return { kind: "transient", error: describeFault(error) };
  return {
    kind: isTransient(error) ? "transient" : "permanent",
    error: errorLine(`${error.name}: ${error.message}`),
  };
};

const textOr = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

/** What Lambda says of a function that threw, timed out or exited, without the stack trace. */
const describeCrash = (payload: Uint8Array): string => {
  const { errorType, errorMessage } = Object(parseJson(payload)) as { errorType?: unknown; errorMessage?: unknown };
  return errorLine(`the function failed: ${textOr(errorType, "Error")}: ${textOr(errorMessage, "no message")}`);
};

const readInvocation = ({ FunctionError, Payload }: InvokeCommandOutput): AgentOutcome => {
  // The SDK gives null, against its types, where the function returned nothing.
  const payload = Payload ?? new Uint8Array();
  return FunctionError === undefined ? readAnswer(payload) : { kind: "transient", error: describeCrash(payload) };
};

/**
 * An agent that is a Lambda function, invoked with the request as its event (SPEC E3). A function that fails instead of answering
 * may do better the next time. The client must not retry by itself: the state machine does, and each attempt counts.
 */
export const createLambdaCaller =
  ({ lambda }: { readonly lambda: LambdaClient }): KindCaller<"lambda"> =>
  async ({ function_name }, { request, context }) => {
    const limit = startTimeLimit(context);
    const command = new InvokeCommand({
      FunctionName: function_name,
      InvocationType: "RequestResponse",
      Payload: new TextEncoder().encode(JSON.stringify(request)),
    });
    let invocation: InvokeCommandOutput;
    try {
      invocation = await lambda.send(command, { abortSignal: limit });
    } catch (error) {
      return limit.aborted ? { kind: "timed_out" } : explainFailure(error);
    }
    return readInvocation(invocation);
  };
