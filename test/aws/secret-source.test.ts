import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";

import { createSecretSource } from "../../lib/aws/secret-source.ts";
import { AwsError } from "../../lib/local/aws-error.ts";
import { startGateway } from "../../lib/local/gateway.ts";
import { startJsonService } from "./json-service.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** A source whose Secrets Manager answers with the texts in turn; an error among them is thrown. */
const sourceOf = async (...answers: readonly (string | AwsError)[]) => {
  const asked: string[] = [];
  const gateway = await startGateway({
    states: async () => ({}),
    invokeFunction: async () => ({ payload: "null" }),
    secret: async (id) => {
      const answer = answers[asked.push(id) - 1] ?? "";
      if (answer instanceof AwsError) throw answer;
      return answer;
    },
  });
  onTestFinished(() => gateway.stop());
  vi.stubEnv("AWS_ENDPOINT_URL", gateway.endpoint);
  return { asked, secrets: createSecretSource() };
};

test("a secret is read by its name", async () => {
  const { asked, secrets } = await sourceOf("hush");
  expect(await secrets.get("phase21/agent")).toBe("hush");
  expect(asked).toEqual(["phase21/agent"]);
});

test("a secret is read once for all who ask within five minutes", async () => {
  const { asked, secrets } = await sourceOf("hush");
  await Promise.all([secrets.get("a"), secrets.get("a")]);
  vi.advanceTimersByTime(299_999);
  expect(await secrets.get("a")).toBe("hush");
  expect(asked).toEqual(["a"]);
});

test("a rotated secret is in use after five minutes", async () => {
  const { secrets } = await sourceOf("old", "new");
  await secrets.get("a");
  vi.advanceTimersByTime(300_000);
  expect(await secrets.get("a")).toBe("new");
});

test("each secret is kept by its own name", async () => {
  const { secrets } = await sourceOf("one", "two");
  expect([await secrets.get("a"), await secrets.get("b"), await secrets.get("a")]).toEqual(["one", "two", "one"]);
});

test("a secret that could not be read is asked for again", async () => {
  const { secrets } = await sourceOf(new AwsError("ResourceNotFoundException", "no secret a"), "hush");
  await expect(secrets.get("a")).rejects.toMatchObject({ name: "ResourceNotFoundException", message: "no secret a" });
  expect(await secrets.get("a")).toBe("hush");
});

test("a binary secret is refused", async () => {
  vi.stubEnv("AWS_ENDPOINT_URL", await startJsonService(() => ({ Name: "a", SecretBinary: "aHVzaA==" })));
  await expect(createSecretSource().get("a")).rejects.toThrow("secret a: expected text, received binary");
});
