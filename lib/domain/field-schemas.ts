import * as z from "zod/mini";
import { closestName } from "./did-you-mean.ts";
import { showValue } from "./explain-issues.ts";

/** A number in a closed range. */
export const numberBetween = (min: number, max: number) => {
  const expected = `expected a number from ${min} to ${max}`;
  return z.number(expected).check(z.gte(min, expected), z.lte(max, expected));
};

/** No quantity of ours is near these; beyond them sums lose their units, and DynamoDB refuses the number. */
export const SMALLEST = 1e-6;
export const LARGEST = 1e12;

/** A number above 0. */
export const positiveNumber = () => {
  const above = "expected a number above 0";
  const within = `expected a number from ${SMALLEST} to ${LARGEST}`;
  return z.number(above).check(z.gt(0, { error: above, abort: true }), z.gte(SMALLEST, within), z.lte(LARGEST, within));
};

/** An integer in a closed range. */
export const integerBetween = (min: number, max: number) => {
  const expected = `expected an integer from ${min} to ${max}`;
  return z.int(expected).check(z.gte(min, expected), z.lte(max, expected));
};

/** What an id looks like (SPEC IN1). */
export const idPattern = /^[A-Za-z0-9._:-]{1,128}$/;

/** The id of a task, an agent or a fleet (SPEC IN1). */
export const idText = () => {
  const expected = "expected 1 to 128 characters of A-Z a-z 0-9 . _ : -";
  return z.string(expected).check(z.regex(idPattern, expected));
};

/** A text of 1 to `max` characters. */
export const shortText = (max: number) => {
  const expected = `expected a string of 1 to ${max} characters`;
  return z.string(expected).check(z.minLength(1, expected), z.maxLength(max, expected));
};

/** Longest name of a list, in UTF-16 units. */
export const MAX_NAME_LENGTH = 128;

/** Names of 1 to 128 characters; duplicates are folded. */
export const nameList = () =>
  z
    .array(shortText(MAX_NAME_LENGTH), `expected an array of strings of 1 to ${MAX_NAME_LENGTH} characters`)
    .check(z.overwrite((names) => (names.length > 1 ? [...new Set(names)] : names)));

/** ISO 8601 date and time with its zone, the only kind that means one moment everywhere. */
export const instantText = () =>
  z.iso.datetime({ offset: true, error: "expected an ISO 8601 date-time with a zone, such as 2026-01-31T09:00:00Z" });

export const trueOrFalse = () => z.boolean("expected true or false");

/** One of a few words. */
export const oneOf = <const Word extends string>(words: readonly Word[]) =>
  z.enum(words, `expected one of ${words.join(", ")}`);

/** An object that a person writes by hand: an unknown key is refused, with the known one that was probably meant. */
export const strictFields = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return "expected an object";
      const received = issue.keys.map((key) => {
        const meant = closestName(key, Object.keys(shape));
        return meant === undefined ? showValue(key) : `${showValue(key)} (did you mean "${meant}"?)`;
      });
      return `expected no unknown key, received ${received.join(", ")}`;
    },
  });
