import { afterEach, expect, test, vi } from "vitest";

import { defaultProvider } from "../../lib/aws/lambda-credentials.ts";

afterEach(() => vi.unstubAllEnvs());

const stubKeys = (): void => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "a-key");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "a-secret");
  vi.stubEnv("AWS_SESSION_TOKEN", undefined);
};

test("a function's credentials are those of its environment, with the token of its role", async () => {
  stubKeys();
  vi.stubEnv("AWS_SESSION_TOKEN", "a-token");
  expect(await defaultProvider()()).toEqual({
    accessKeyId: "a-key",
    secretAccessKey: "a-secret",
    sessionToken: "a-token",
  });
});

test("without a token there is none among the credentials", async () => {
  stubKeys();
  expect(await defaultProvider()()).toEqual({ accessKeyId: "a-key", secretAccessKey: "a-secret" });
});

test("an environment without credentials is refused", async () => {
  stubKeys();
  vi.stubEnv("AWS_ACCESS_KEY_ID", "");
  await expect(defaultProvider()()).rejects.toThrow("environment variable AWS_ACCESS_KEY_ID: expected a value");
});
