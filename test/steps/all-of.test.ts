import { expect, test } from "vitest";

import { allOf } from "../../lib/steps/all-of.ts";

test("gives what all came to", async () => {
  expect(await allOf([Promise.resolve(1), Promise.resolve("two")])).toEqual([1, "two"]);
});

test("ends with the first error, and not before the others have ended", async () => {
  const slow = Promise.withResolvers<string>();
  let ended = false;
  const all = allOf([Promise.reject(new Error("first")), slow.promise, Promise.reject(new Error("second"))]);
  void all.catch(() => (ended = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  slow.resolve("done");
  await expect(all).rejects.toThrow("first");
});
