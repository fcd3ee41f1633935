import { describe, expect, test } from "vitest";

import * as errors from "../../lib/domain/errors.ts";
import { attempt } from "./report-builders.ts";

type ErrorClass = new (...parts: never[]) => errors.Phase21Error;

/** What each class is made with; a class without its entry here fails. */
const samples: Readonly<Record<string, errors.Phase21Error>> = {
  InvalidInputError: new errors.InvalidInputError("config.json: expected an object", { cause: "why" }),
  InputRejectedError: new errors.InputRejectedError("strict: expected no bad line", { cause: "why" }),
  RunTooLargeError: new errors.RunTooLargeError("expected at most 400 waves", { cause: "why" }),
  MissingObjectError: new errors.MissingObjectError("plan.json: expected an object", { cause: "why" }),
  DispatchFailedError: new errors.DispatchFailedError("States.ItemReaderFailed: aborted", { cause: "why" }),
  UnavailableError: new errors.UnavailableError("expected all to be taken", { cause: "why" }),
  AttemptFailedError: new errors.AttemptFailedError("Phase21.Exponential", "attempt 1: busy", attempt(), {
    cause: "why",
  }),
};

const classes = Object.entries(errors).filter(([name]) => name !== "Phase21Error") as [string, ErrorClass][];

describe.each(classes)("%s", (className, constructor) => {
  const sample = samples[className];

  test("is an error of Phase 21", () => {
    expect(sample).toBeInstanceOf(errors.Phase21Error);
    expect(sample).toBeInstanceOf(constructor);
  });

  test("has a name that Step Functions can match and that no minifier renames", () => {
    expect(sample?.name).toMatch(/^Phase21\.[A-Z][A-Za-z0-9.]*$/u);
    expect(sample?.name).not.toBe(constructor.name);
  });

  test("says whether trying again may help", () => {
    expect(sample?.retryable).toBeTypeOf("boolean");
  });

  test("keeps its cause", () => {
    expect(sample?.cause).toBe("why");
  });
});

test("no two classes share a name", () => {
  const names = Object.values(samples).map(({ name }) => name);
  expect(new Set(names).size).toBe(classes.length);
});

test("only what another try can mend is retryable", () => {
  const retryable = Object.keys(samples).filter((name) => samples[name]?.retryable);
  expect(retryable).toEqual(["UnavailableError", "AttemptFailedError"]);
});

test("an attempt that failed bears the name of its retrier, and what there is to know of it", () => {
  const error = new errors.AttemptFailedError("Phase21.Linear.3", "attempt 3: busy", attempt({ attempt: 3 }));
  expect([error.name, error.message, error.entry.attempt]).toEqual(["Phase21.Linear.3", "attempt 3: busy", 3]);
});
