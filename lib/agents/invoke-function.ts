import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from "@aws-sdk/client-lambda";
import { errorLine } from "../domain/agent-request.ts";
import { parseJson } from "./read-answer.ts";

/** What an invocation came to: the bytes that the function returned, how it crashed, or what kept it from being called. */
export type FunctionResult =
  | { readonly kind: "returned"; readonly payload: Uint8Array }
  | { readonly kind: "crashed"; readonly error: string }
  | { readonly kind: "failed"; readonly cause: unknown };

const textOr = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

/** What Lambda says of a function that threw, timed out or exited, without the stack trace. */
const describeCrash = (payload: Uint8Array): string => {
  const { errorType, errorMessage } = Object(parseJson(payload)) as { errorType?: unknown; errorMessage?: unknown };
  return errorLine(`the function failed: ${textOr(errorType, "Error")}: ${textOr(errorMessage, "no message")}`);
};

/** Invokes a function with a JSON event and waits for what it returns, as long as the limit allows. It never rejects. */
export const invokeFunction = async (
  lambda: LambdaClient,
  functionName: string,
  event: unknown,
  limit: AbortSignal,
): Promise<FunctionResult> => {
  const command = new InvokeCommand({
    FunctionName: functionName,
    InvocationType: "RequestResponse",
    Payload: new TextEncoder().encode(JSON.stringify(event)),
  });
  let output: InvokeCommandOutput;
  try {
    output = await lambda.send(command, { abortSignal: limit });
  } catch (cause) {
    return { kind: "failed", cause };
  }
  // The SDK gives null, against its types, where the function returned nothing.
  const payload = output.Payload ?? new Uint8Array();
  return output.FunctionError === undefined
    ? { kind: "returned", payload }
    : { kind: "crashed", error: describeCrash(payload) };
};
