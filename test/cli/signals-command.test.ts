import { Command } from "commander";
import { describe, expect, test } from "vitest";

import { addSignals } from "../../lib/cli/signals-command.ts";
import { never } from "./pulled-signals.ts";

describe("wrong usage is refused:", () => {
  test.each([
    ["--phase 17", 'expected one of 16, 18, 20, received "17"'],
    ["", "required option '--phase <n>' not specified"],
    ["--phase 18 --max 0", 'expected a whole number from 1, received "0"'],
    ["--phase 18 --wait soon", 'expected a whole number from 0, received "soon"'],
    ["--phase 18 --stack a --data b", "option '--stack <name>' cannot be used with option '--data <folder>'"],
    ["--phase 18 --data missing", "--data missing: expected the data folder of an earlier command"],
  ])("signals pull %s", async (flags, message) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    addSignals(program, never);
    const line = ["signals", "pull", ...flags.split(" ").filter((flag) => flag !== "")];
    await expect(program.parseAsync(line, { from: "user" })).rejects.toThrow(message);
  });
});
