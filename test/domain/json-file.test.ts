import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InvalidInputError } from "../../lib/domain/errors.ts";
import { parseJsonFile } from "../../lib/domain/json-file.ts";

const schema = z.object({ seed: z.number("expected a number") });

describe("parseJsonFile", () => {
  it("gives what the schema makes of the file", () => {
    expect(parseJsonFile('{"seed":1,"note":"x"}', "a.json", schema)).toEqual({ seed: 1 });
  });

  it("takes a byte-order mark", () => {
    expect(parseJsonFile('\uFEFF{"seed":1}', "a.json", schema)).toEqual({ seed: 1 });
  });

  it.each([
    ["is no object", "[]", "a.json: expected a JSON object, received []"],
    ["breaks the schema", '{"seed":"x"}', 'a.json: seed: expected a number, received "x"'],
  ])("names the file that %s", (_title, text, message) => {
    expect(() => parseJsonFile(text, "a.json", schema)).toThrow(new InvalidInputError(message));
  });
});
