import { expect, test } from "vitest";
import { describeFault, faultCode } from "../../lib/agents/network-fault.ts";

const faultOf = (code: unknown, message = "connect failed"): Error => Object.assign(new Error(message), { code });

test.each([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["EPIPE", "connection reset"],
  ["UND_ERR_SOCKET", "connection closed"],
  ["ENOTFOUND", "host not found"],
  ["EAI_AGAIN", "host not found"],
  ["ETIMEDOUT", "connection timed out"],
  ["UND_ERR_CONNECT_TIMEOUT", "connection timed out"],
])("%s reads as: %s", (code, words) => {
  expect(describeFault(faultOf(code))).toBe(words);
});

test("the fault that fetch wraps is the one that is told", () => {
  const wrapped = new TypeError("fetch failed", { cause: faultOf("ECONNREFUSED") });
  expect(describeFault(wrapped)).toBe("connection refused");
  expect(faultCode(wrapped)).toBe("ECONNREFUSED");
});

test.each([
  {
    title: "an unknown code",
    error: faultOf("CERT_HAS_EXPIRED", "certificate\nhas expired"),
    text: "Error: certificate has expired",
  },
  { title: "no code", error: new TypeError("bad port"), text: "TypeError: bad port" },
  { title: "a cause that is no error", error: new Error("failed", { cause: "why" }), text: "Error: failed" },
  { title: "a value that is no error", error: "gone", text: "gone" },
])("$title is told in one line with the fault's own words", ({ error, text }) => {
  expect(describeFault(error)).toBe(text);
});

test.each([{ error: new Error("plain") }, { error: faultOf(7) }, { error: "gone" }])(
  "a fault without a code has none",
  ({ error }) => {
    expect(faultCode(error)).toBeNull();
  },
);
