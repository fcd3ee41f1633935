import { type AgentOutcome, classifyAnswer, errorLine, parseAgentAnswer } from "../domain/agent-request.ts";

/** The most that an agent may answer (SPEC E3): 200 KiB, less than a state of the workflow can carry. */
export const MAX_ANSWER_BYTES = 200 * 1024;

/** The JSON value that the bytes are the UTF-8 text of; undefined where they are none. */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};

/** What the bytes of an answer come to; bytes that break the contract are a permanent failure (SPEC E3). */
export const readAnswer = (bytes: Uint8Array): AgentOutcome => {
  if (bytes.byteLength > MAX_ANSWER_BYTES) {
    return { kind: "permanent", error: "answer is over 200 KiB" };
  }
  const value = parseJson(bytes);
  if (value === undefined) {
    const start = errorLine(new TextDecoder().decode(bytes.subarray(0, 80)));
    return { kind: "permanent", error: `answer is not JSON: received ${start === "" ? "nothing" : start}` };
  }
  const parsed = parseAgentAnswer(value);
  return parsed.ok
    ? classifyAnswer(parsed.answer)
    : { kind: "permanent", error: errorLine(`answer breaks the contract: ${parsed.reason}`) };
};
