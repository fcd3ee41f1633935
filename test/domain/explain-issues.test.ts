import { describe, expect, it } from "vitest";
import { z } from "zod";
import { explainIssues, showValue } from "../../lib/domain/explain-issues.ts";
import type { JsonValue } from "../../lib/domain/json.ts";

describe("showValue", () => {
  it.each([
    ["a string in quotes", "high", '"high"'],
    ["a missing value", undefined, "nothing"],
    ["null", null, "null"],
    ["an object", { a: 1 }, '{"a":1}'],
    ["80 characters whole", "x".repeat(78), `"${"x".repeat(78)}"`],
    ["a longer text cut to 80 characters", "x".repeat(79), `"${"x".repeat(78)}…`],
    ["a long array by its length", Array.from({ length: 50 }, () => 1), "an array of 50"],
  ])("shows %s", (_title, value: JsonValue | undefined, text) => {
    expect(showValue(value)).toBe(text);
  });

  it("does not leave half a character at the cut", () => {
    expect(showValue(`${"x".repeat(77)}😀😀`)).toBe(`"${"x".repeat(77)}\uFFFD…`);
  });
});

describe("explainIssues", () => {
  const explain = (schema: z.ZodType, input: JsonValue): string =>
    explainIssues(schema.safeParse(input).error?.issues ?? [], input);

  it("names the path, what was expected and what was received", () => {
    const schema = z.object({ agents: z.array(z.object({ url: z.string("expected a URL") })) });
    expect(explain(schema, { agents: [{ url: "" }, { url: 5 }] })).toBe("agents[1].url: expected a URL, received 5");
  });

  it("names no path for the value itself", () => {
    expect(explain(z.string("expected a string"), 5)).toBe("expected a string, received 5");
  });

  it("says the same thing about a field once", () => {
    expect(explain(z.number().min(10, "expected more").min(5, "expected more"), 1)).toBe("expected more, received 1");
  });

  it("stops after ten reasons and counts the others", () => {
    const reason = explain(
      z.array(z.string("expected a string")),
      Array.from({ length: 13 }, (_, index) => index),
    );
    expect(reason).toMatch(
      /^\[0\]: expected a string, received 0; .*\[9\]: expected a string, received 9; and 3 more$/,
    );
  });
});
