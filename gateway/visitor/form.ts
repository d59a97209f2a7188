import { isApp } from "#core/door";
import { headerOf, type Request } from "../http/request.ts";
import { readText } from "../http/respond.ts";
import type { Visit } from "./visit.ts";

/** What a page's form says; null for a field that is not there or empty. */
export interface Form {
  /** Where the visitor wants to go. */
  readonly to: string | null;
  /** The idempotency key, made with the page that the form was on. */
  readonly key: string | null;
}

/** A target of 2,048 characters, every one of them percent-encoded, and a key. */
const MOST_FORM_BYTES = 8_192;
const FORM_TYPE = "application/x-www-form-urlencoded";
const FIELDS: ReadonlySet<string> = new Set(["to", "key"]);

/**
 * Whether a browser posts a form, and so must be answered with pages: by the type of what it sends, since no script
 * of ours sends that. `Sluse-Client: app` says that it is a program all the same.
 */
export function isForm(request: Request): boolean {
  const type = headerOf(request, "content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === FORM_TYPE && !isApp(request);
}

/** Null for a form that no page of ours has: too large, a field twice, or one that is not known. */
export async function readForm({ reply }: Visit): Promise<Form | null> {
  const read = await readText(reply.body, MOST_FORM_BYTES);
  return read === "too-large" ? null : parseForm(read.text);
}

export function parseForm(text: string): Form | null {
  const fields = new URLSearchParams(text);
  const names = [...fields.keys()];
  if (names.some((name) => !FIELDS.has(name)) || new Set(names).size < names.length) return null;
  return { to: fields.get("to") || null, key: fields.get("key") || null };
}
