import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const lib = new URL("../../lib/local/", import.meta.url).href;

/** Starts the parts, uses each a little, stops them under an invocation, and writes how that one ended. */
const script = (folder: string) => `
  import { startEmulators } from "${lib}emulators.ts";
  import { startGateway } from "${lib}gateway.ts";
  import { createLambdaFunction } from "${lib}lambda-runtime.ts";
  const emulators = await startEmulators({ onObjectCreated: () => {} });
  const gateway = await startGateway({});
  const lambda = createLambdaFunction({
    name: "f", arn: "arn", bundleDirectory: ${JSON.stringify(folder)}, handler: "index.handler",
    environment: {}, timeoutSeconds: 900, memorySize: 128,
  });
  await lambda.invoke('"answer"');
  const hanging = lambda.invoke('"hang"');
  await Promise.all([emulators.s3Endpoint, emulators.dynamodbEndpoint, gateway.endpoint].map((url) => fetch(url)));
  await Promise.all([emulators.stop(), gateway.stop(), lambda.stop()]);
  process.stdout.write((await hanging).errorType);
`;

test("a process that starts and stops all of it exits by itself, and has written nothing but its own", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shutdown-"));
  const handler = `export const handler = (event) => event === "hang" ? new Promise(() => {}) : event;`;
  await writeFile(join(folder, "index.mjs"), handler);
  const run = promisify(execFile);
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", script(folder)]);
  expect({ stdout, stderr }).toEqual({ stdout: "Runtime.ExitError", stderr: "" });
  await rm(folder, { recursive: true });
});
