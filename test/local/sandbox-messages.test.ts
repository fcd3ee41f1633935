import { expect, test } from "vitest";

import {
  packAnswer,
  packInvocation,
  type SandboxMessage,
  unpackInvocation,
  unpackMessage,
} from "../../lib/local/sandbox-messages.ts";

test("an invocation arrives as it was sent", () => {
  const invocation = { requestId: "11-22", deadline: 1_763_000_000_000, payload: '{"a": "b c", "d": "é"}' };
  expect(unpackInvocation(packInvocation(invocation))).toEqual(invocation);
});

test.each<SandboxMessage & { kind: "answer" }>([
  { kind: "answer", requestId: "11-22", answer: { payload: '{"a": "b c"}' } },
  { kind: "answer", requestId: "11-22", answer: { payload: "null", queuedMs: 3 } },
  { kind: "answer", requestId: "11-22", answer: { error: { errorType: "E", errorMessage: "m n", trace: [] } } },
])("an answer arrives as it was sent: $answer", (answer) => {
  expect(unpackMessage(packAnswer(answer))).toEqual(answer);
});
