import { z } from "zod";
import { nearestName } from "./nearest.ts";

const MOST_GIVEN_CHARS = 100;

/** A field that is not as it must be. `given` is its value as JSON, cut short; lists and objects are only named. */
export interface BadField {
  readonly field: string;
  readonly given: string;
  readonly allowed: string;
}

/**
 * What is wrong with `given`, one entry a field. What is allowed is said in the schema's own `describe(...)`:
 * that of the field, or of the nearest one around it.
 */
export function badFieldsOf(error: z.ZodError, schema: z.ZodType, given: unknown): BadField[] {
  const found = new Map<string, BadField>();
  const add = (path: readonly PropertyKey[], allowed: string) => {
    const field = path.length === 0 ? "(the whole)" : path.join(".");
    if (!found.has(field)) found.set(field, { field, given: shown(valueAt(given, path)), allowed });
  };
  for (const { path, ...issue } of error.issues) {
    if (issue.code !== "unrecognized_keys") add(path, allowedAt(schema, path));
    else for (const key of issue.keys) add([...path, key], noSuchField(key, fieldsAt(schema, path)));
  }
  return [...found.values()];
}

/** A value as JSON, cut short. A list or object is only named: one nested some thousand deep cannot be written out. */
export function shown(value: unknown): string {
  if (value === undefined) return "not set";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value).slice(0, MOST_GIVEN_CHARS);
}

function noSuchField(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return `there is no such field; ${nearest === null ? `the fields are ${known.join(", ")}` : `did you mean ${nearest}?`}`;
}

function allowedAt(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const words = schemasAlong(schema, path)
    .map(({ description }) => description)
    .findLast((description) => description !== undefined);
  if (words === undefined) throw new Error(`nothing is said of what is allowed at ${path.join(".")}`);
  return words;
}

function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const here = schemasAlong(schema, path).at(-1);
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

/** The schema of the whole, of what holds the field, ... and of the field itself, as far as they are known. */
function schemasAlong(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] {
  const here = unwrapped(schema);
  const [key, ...rest] = path;
  const next = key === undefined ? undefined : partOf(here.at(-1), key);
  return next === undefined ? here : [...here, ...schemasAlong(next, rest)];
}

/** A schema, and what it is inside "may be null", "may be left out", "is otherwise ...". */
function unwrapped(schema: z.ZodType): z.ZodType[] {
  const wraps =
    schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return wraps ? [schema, ...unwrapped(schema.unwrap() as z.ZodType)] : [schema];
}

function partOf(schema: z.ZodType | undefined, key: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  return schema instanceof z.ZodArray ? (schema.element as z.ZodType) : undefined;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], given);
}
