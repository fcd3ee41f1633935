import type { LambdaAnswer, LambdaError } from "./lambda-host.ts";

/** What a sandbox's thread is sent to run. */
export interface Invocation {
  readonly requestId: string;
  /** When the time limit ends, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly payload: string;
}

/** What a sandbox's thread sends back. */
export type SandboxMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "unloadable"; readonly error: LambdaError }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly kind: "answer"; readonly requestId: string; readonly answer: LambdaAnswer };

type Answer = Extract<SandboxMessage, { kind: "answer" }>;

/** An invocation as one text: structured clones of objects take a third more of what a call between threads costs. */
export const packInvocation = ({ requestId, deadline, payload }: Invocation): string =>
  `${requestId} ${deadline} ${payload}`;

/** The invocation that a text of `packInvocation` stands for. */
export const unpackInvocation = (text: string): Invocation => {
  const afterId = text.indexOf(" ");
  const afterDeadline = text.indexOf(" ", afterId + 1);
  return {
    requestId: text.slice(0, afterId),
    deadline: Number(text.slice(afterId + 1, afterDeadline)),
    payload: text.slice(afterDeadline + 1),
  };
};

/** An answer as it is sent: as one text where it is nothing but a payload, which nearly all are. */
export const packAnswer = (answer: Answer): Answer | string =>
  "payload" in answer.answer && answer.answer.queuedMs === undefined
    ? `${answer.requestId} ${answer.answer.payload}`
    : answer;

/** The message that was sent. */
export const unpackMessage = (message: SandboxMessage | string): SandboxMessage => {
  if (typeof message !== "string") return message;
  const afterId = message.indexOf(" ");
  return {
    kind: "answer",
    requestId: message.slice(0, afterId),
    answer: { payload: message.slice(afterId + 1) },
  };
};
