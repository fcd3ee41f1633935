import * as z from "zod/mini";
import { integerBetween, numberBetween } from "./field-schemas.ts";

/** A number from 0 to 1. */
export const share = () => numberBetween(0, 1);
/** A number from 0. */
export const amount = () => z.number("expected a number from 0").check(z.gte(0, "expected a number from 0"));
/** An integer from 0. */
export const count = () => z.int("expected an integer from 0").check(z.gte(0, "expected an integer from 0"));
/** An integer from 1. */
export const ordinal = () => integerBetween(1, Number.MAX_SAFE_INTEGER);
/** Any string. */
export const text = () => z.string("expected a string");

/** Unknown fields pass: within a schema version fields may be added, and a reader of today must not stop at them. */
export const fields = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.object(shape, "expected an object");

/** An array; `items` names what it holds. */
export const listOf = <Item extends z.ZodMiniType>(item: Item, items: string) =>
  z.array(item, `expected an array of ${items}`);

/** Counts by names of one sort. */
export const countsBy = (names: string) => z.record(text(), count(), `expected an object of counts by ${names}`);
