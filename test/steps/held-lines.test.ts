import { describe, expect, test } from "vitest";

import { HeldLines } from "../../lib/steps/held-lines.ts";
import { FakeObjectStore } from "./fakes.ts";

const KEY = "waves/1/lines.jsonl";

/** Holds `a` and `bc`, and gives them again from a bucket in which the object says something else. */
const again = async (max?: number) => {
  const held = new HeldLines(max);
  const objects = new FakeObjectStore();
  objects.texts.set(KEY, "from\nthe object\n");
  for (const line of ["a", "bc"]) held.add(line);
  const lines: string[] = [];
  for await (const batch of held.again(objects, KEY)) lines.push(...batch);
  return { lines, held: held.lines };
};

describe("lines that are held", () => {
  test("come again without another reading", async () => {
    expect(await again()).toEqual({ lines: ["a", "bc"], held: ["a", "bc"] });
  });

  test("may be as long as the limit, all together", async () => {
    expect(await again(3)).toEqual({ lines: ["a", "bc"], held: ["a", "bc"] });
  });

  test("are let go and read again where they are longer", async () => {
    expect(await again(2)).toEqual({ lines: ["from", "the object"], held: undefined });
  });

  test("are not made any more once they are let go", () => {
    const held = new HeldLines(2);
    const made: string[] = [];
    for (const line of ["a", "bc", "d"]) {
      held.addMade(() => {
        made.push(line);
        return line;
      });
    }
    expect({ made, held: held.lines }).toEqual({ made: ["a", "bc"], held: undefined });
  });
});
