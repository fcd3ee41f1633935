import { expect, test } from "vitest";

import { addUsage, emptyUsage, usageSince } from "../../lib/domain/usage.ts";

const some = { ...emptyUsage(), s3Puts: 3, lambdaGbSeconds: 0.5 };

test("no usage is zero in every field", () => {
  expect(Object.values(emptyUsage())).toEqual(Array.from({ length: 12 }, () => 0));
});

test("usages add up field by field", () => {
  expect(addUsage(some, { ...emptyUsage(), s3Puts: 4, logBytes: 7 })).toEqual({
    ...emptyUsage(),
    s3Puts: 7,
    lambdaGbSeconds: 0.5,
    logBytes: 7,
  });
});

test("between two readings of a meter lies what the later one has more", () => {
  expect(usageSince(some, { ...some, s3Puts: 10 })).toEqual({ ...emptyUsage(), s3Puts: 7 });
});
