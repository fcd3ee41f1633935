import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

/** A service of AWS's JSON protocol on loopback that answers what a test says, an Error by its name; it ends with the test. */
export const startJsonService = async (
  answer: (operation: string, body: Record<string, unknown>) => unknown,
): Promise<string> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const answered = answer(operation, body);
      const isError = answered instanceof Error;
      const value = isError ? { __type: answered.name, message: answered.message } : answered;
      response.statusCode = isError ? 400 : 200;
      response.setHeader("content-type", "application/x-amz-json-1.0").end(JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
