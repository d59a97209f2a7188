/** Holds replies of the operators' listener to the OpenAPI document. For tests only. */
import { z } from "zod";
import { openApiDocument } from "./openapi.ts";

type Json = Readonly<Record<string, unknown>>;

/** A part of the document, as far as tests read it. */
export interface OpenApiOperation {
  readonly operationId: string;
  readonly "x-least-role"?: string;
  readonly security: readonly Json[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: { readonly type: string; readonly minimum?: number; readonly maximum?: number };
    readonly example: string | number;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}

type Content = Readonly<
  Record<
    string,
    { readonly schema: Json; readonly examples?: Readonly<Record<string, { readonly value: Json }>> }
  >
>;

interface Served {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Json };
}

/** The document as it comes over the wire. */
export const served: Served = JSON.parse(JSON.stringify(openApiDocument()));

export interface Documented {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenApiOperation;
}

export const OPERATIONS: readonly Documented[] = Object.entries(served.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

export interface Replied {
  readonly status: number;
  /** The Content-Type. */
  readonly type: string | null;
  readonly text: string;
}

/** What the document does not say of a reply; null: it is as the document says. `path` may have a query. */
export function undocumented(method: string, path: string, { status, type, text }: Replied): string | null {
  const asked = method === "HEAD" ? "GET" : method;
  const found = OPERATIONS.find((one) => one.method === asked && matches(one.path, path));
  const mediaType = type?.split(";")[0] ?? "";
  // Of what is not in the document, only that it is a problem.
  const schema = found
    ? found.operation.responses[status]?.content[mediaType]?.schema
    : { $ref: "#/components/schemas/Problem" };
  if (schema === undefined) return `${method} ${path}: ${status} ${mediaType} is not in the document`;
  if (method === "HEAD") return null;
  const parsed = reader(schema).safeParse(mediaType.endsWith("json") ? JSON.parse(text) : text);
  return parsed.success ? null : `${method} ${path}: ${status}: ${z.prettifyError(parsed.error)}`;
}

function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${pattern}$`).test(path.split("?")[0] ?? "");
}

const readers = new Map<string, z.ZodType>();

/** Reads by a schema of the document, and refuses members that are not in it: what is answered must be written down. */
export function reader(schema: Json): z.ZodType {
  const key = JSON.stringify(schema);
  const known = readers.get(key);
  if (known) return known;
  const whole = { ...schema, $defs: closed(served.components.schemas) };
  // Zod looks for what is referred to in `$defs` alone.
  const text = JSON.stringify(whole).replaceAll("#/components/schemas/", "#/$defs/");
  const made = z.fromJSONSchema(JSON.parse(text));
  readers.set(key, made);
  return made;
}

function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]));
  return inside.type === "object" && "properties" in inside
    ? { ...inside, additionalProperties: false }
    : inside;
}
