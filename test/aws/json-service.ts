import { onTestFinished } from "vitest";

import { serveOnLoopback } from "../agents/serve-on-loopback.ts";

/** A service of AWS's JSON protocol on loopback that answers what a test says, an Error by its name; it ends with the test. */
export const startJsonService = async (
  answer: (operation: string, body: Record<string, unknown>) => unknown,
): Promise<string> => {
  const { endpoint, stop } = await serveOnLoopback((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    const respond = async (): Promise<void> => {
      const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const answered = await answer(operation, body);
      const isError = answered instanceof Error;
      const value = isError ? { __type: answered.name, message: answered.message } : answered;
      response.statusCode = isError ? 400 : 200;
      response.setHeader("content-type", "application/x-amz-json-1.0").end(JSON.stringify(value));
    };
    request.on("end", () => void respond());
  });
  onTestFinished(stop);
  return endpoint;
};
