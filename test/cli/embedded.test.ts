import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { GetCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect, onTestFinished, test } from "vitest";

import { createFunctionLogs, withEmbeddedStack } from "../../lib/cli/embedded.ts";
import { loadAssembly } from "../../lib/local/assembly.ts";

const { href } = new URL("../../lib/cli/embedded.ts", import.meta.url);
const signal = new AbortController().signal;

/** Writes items for ever; says how the cloud ended, and with what `use` was told so. */
const writer = `
  import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
  import { createFunctionLogs, withEmbeddedStack } from "${href}";
  const { signal } = new AbortController();
  let told;
  const use = async ({ clients, outputs }, cloudSignal) => {
    cloudSignal.addEventListener("abort", () => { told = cloudSignal.reason.name; });
    const documents = DynamoDBDocumentClient.from(clients.dynamodb);
    for (let n = 1; ; n += 1) {
      const Item = { pk: "P", sk: String(n), text: "x".repeat(50_000) };
      await documents.send(new PutCommand({ TableName: outputs.TableName, Item }));
    }
  };
  await withEmbeddedStack({ timeScale: 1, logs: createFunctionLogs(), signal, data: process.argv[1] }, use)
    .catch(({ name, message }) => console.log(name + " " + told + " " + message));
`;

test.skipIf(process.platform === "win32")(
  "a cloud that cannot write to its folder any more stops and says why, and what it acknowledged is there once it can",
  { timeout: 60_000 },
  async () => {
    const data = await mkdtemp(join(tmpdir(), "embedded-"));
    onTestFinished(() => rm(data, { recursive: true }));
    // Under the limit it could not be built.
    await loadAssembly();
    const limited = `ulimit -f 2000; exec "$0" --input-type=module -e "$1" "$2"`;
    const said = await new Promise<string>((resolve) => {
      execFile("sh", ["-c", limited, process.execPath, writer, data], (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    expect(said).toMatch(/^Phase21.Breakdown Phase21.Breakdown the data folder .*: it cannot be used, .*\n$/u);

    const first = await withEmbeddedStack(
      { timeScale: 1, logs: createFunctionLogs(), signal, data, resume: false },
      ({ clients, outputs }) =>
        DynamoDBDocumentClient.from(clients.dynamodb).send(
          new GetCommand({ TableName: outputs["TableName"], Key: { pk: "P", sk: "1" } }),
        ),
    );
    expect(first.Item).toMatchObject({ sk: "1" });
  },
);
