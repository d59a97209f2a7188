/** Settings as people read them. */
import type { Bilingual, Mode } from "../contract.ts";
import { format, texts } from "../preferences.ts";
import { fill } from "../texts.ts";

/** A field's value in words. */
export function valueText(field: string, value: unknown, nowMs: number): string {
  const { review, modes, figures } = texts.value;
  const { number, duration, moment } = format.value;
  if (field === "mode") return modes[value as Mode];
  if (field === "outflowPerMinute") return fill(figures.perMinute, { n: number(value as number) });
  if (field === "capacity") return value === 0 ? figures.unbounded : number(value as number);
  if (field.endsWith("Seconds")) return duration(value as number);
  if (field === "opensAt") return value === null ? review.empty : moment(Date.parse(value as string), nowMs);
  if (field === "passesNotBefore") return value === 0 ? review.empty : moment(value as number, nowMs);
  if (field === "message") return value === null ? review.empty : messageText(value as Bilingual);
  return JSON.stringify(value);
}

function messageText({ da, en }: Bilingual): string {
  const { empty } = texts.value.review;
  return `da: ${da || empty}\nen: ${en || empty}`;
}

export function fieldName(field: string): string {
  const names: Readonly<Record<string, string>> = texts.value.fields;
  return names[field] ?? field;
}
