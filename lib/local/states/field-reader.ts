import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { InvalidDefinitionError } from "./errors.ts";
import { compileTemplate, compileTyped } from "./expressions.ts";
import type { Expected, Expression } from "./expressions.ts";

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A number from `least` to `most`. */
export const numberBetween = (least: number, most: number): Expected<number> => ({
  name: "number",
  accepts: (value): value is number => typeof value === "number" && value >= least && value <= most,
});

/** A whole number from `least` to `most`; AWS's largest is the default. */
export const integerBetween = (least: number, most = 99_999_999): Expected<number> => ({
  name: "integer",
  accepts: (value): value is number => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
});

export const anyString: Expected<string> = {
  name: "string",
  accepts: (value): value is string => typeof value === "string",
};

export const anyBoolean: Expected<boolean> = {
  name: "boolean",
  accepts: (value): value is boolean => typeof value === "boolean",
};

export const anyArray: Expected<readonly JsonValue[]> = {
  name: "array",
  accepts: (value): value is readonly JsonValue[] => Array.isArray(value),
};

const isExpression = (value: JsonValue): value is string =>
  typeof value === "string" && value.startsWith("{%") && value.endsWith("%}");

/** Reads an object of a definition field by field; what was not read when it is done is not supported. */
export class FieldReader {
  /** `state "Name"`, or what else a message names. */
  readonly where: string;
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #unread: Set<string>;

  /** @throws {InvalidDefinitionError} where `value` is no object */
  constructor(value: unknown, where: string, path = "") {
    this.where = where;
    this.#path = path;
    if (!isObject(value)) throw this.#invalid("", `expected an object, got ${JSON.stringify(value)}`);
    this.#object = value;
    this.#unread = new Set(Object.keys(value));
  }

  #locate(field: string): string {
    return field === "" || this.#path === "" ? this.#path + field : `${this.#path}/${field}`;
  }

  #invalid(field: string, problem: string): InvalidDefinitionError {
    const location = this.#locate(field);
    return new InvalidDefinitionError(`${this.where}${location === "" ? "" : `, field ${location}`}: ${problem}`);
  }

  /** Refuses a field. @throws {InvalidDefinitionError} always */
  refuse(field: string, problem: string): never {
    throw this.#invalid(field, problem);
  }

  /** Refuses what was not read. @throws {InvalidDefinitionError} */
  end(): void {
    for (const field of this.#unread) this.refuse(field, "is not supported here");
  }

  has(field: string): boolean {
    return this.#object[field] !== undefined;
  }

  /** The field as it stands. */
  raw(field: string): JsonValue | undefined {
    this.#unread.delete(field);
    return this.#object[field];
  }

  /** The field's value, which may not be an expression. @throws {InvalidDefinitionError} */
  literal<T extends JsonValue>(field: string, expected: Expected<T>): T | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    if (expected.accepts(value)) return value;
    return this.refuse(field, `expected a valid ${expected.name}, got ${JSON.stringify(value)}`);
  }

  /** As {@link literal}, of a field that must stand there. */
  required<T extends JsonValue>(field: string, expected: Expected<T>): T {
    return this.literal(field, expected) ?? this.refuse(field, `expected a valid ${expected.name}, got none`);
  }

  /** One of a few words. @throws {InvalidDefinitionError} */
  word<T extends string>(field: string, words: readonly T[]): T | undefined {
    const isWord = (value: JsonValue): value is T => words.some((word) => word === value);
    return this.literal(field, { name: words.join(" or "), accepts: isWord });
  }

  /** A field of any shape with expressions in it. @throws {InvalidDefinitionError} */
  template(field: string): Expression | undefined {
    const value = this.raw(field);
    return value === undefined ? undefined : this.#compile(field, () => compileTemplate(value, this.#locate(field)));
  }

  /** A field that is a value of one type or an expression that gives one. @throws {InvalidDefinitionError} */
  typed<T extends JsonValue>(field: string, expected: Expected<T>): Expression<T> | undefined {
    const value = this.#object[field];
    if (value !== undefined && isExpression(value)) {
      this.raw(field);
      return this.#compile(field, () => compileTyped(value, this.#locate(field), expected));
    }
    const literal = this.literal(field, expected);
    return literal === undefined ? undefined : () => literal;
  }

  /** The object in a field. @throws {InvalidDefinitionError} */
  object(field: string): FieldReader | undefined {
    const value = this.raw(field);
    return value === undefined ? undefined : new FieldReader(value, this.where, this.#locate(field));
  }

  /** The objects in a field that is a list, none where it is missing. @throws {InvalidDefinitionError} */
  objects(field: string): readonly FieldReader[] {
    const list = this.literal(field, anyArray) ?? [];
    return list.map((value, index) => new FieldReader(value, this.where, `${this.#locate(field)}[${index}]`));
  }

  /** The object's fields, all taken as read. */
  entries(): readonly (readonly [string, JsonValue])[] {
    this.#unread.clear();
    return Object.entries(this.#object);
  }

  #compile<T>(field: string, compile: () => T): T {
    try {
      return compile();
    } catch (error) {
      return this.refuse(field, (error as Error).message);
    }
  }
}
