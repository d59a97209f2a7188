/** Settings as people read them. */
import type { Mode, WholeSetting } from "#core/settings";
import { fallbackOrder, fill, type Texts, textIn } from "#languages";
import { type RoomDocument, settingOf, unitOf } from "#operator-api";
import { format, lang, texts } from "../preferences.ts";

/** A field's value in words. */
export function valueText(field: string, value: unknown, nowMs: number): string {
  const { review } = texts.value;
  const setting = settingOf(field);
  if (setting === null) return JSON.stringify(value);
  switch (setting.kind) {
    case "choice":
      return field === "mode" ? texts.value.modes[value as Mode] : String(value);
    case "whole":
      return wholeText(field, value as number, setting);
    case "time":
      if (value === null || value === 0) return review.empty;
      return format.value.moment(typeof value === "string" ? Date.parse(value) : Number(value), nowMs);
    case "texts":
      return value === null ? review.empty : messageText(value as Texts);
  }
}

function wholeText(field: string, value: number, { zero }: WholeSetting): string {
  const { figures } = texts.value;
  const zeros: Readonly<Record<string, string>> = texts.value.zeros;
  const { number, duration } = format.value;
  if (value === 0 && zero !== undefined) return zeros[field] ?? zero;
  switch (unitOf(field)) {
    case "perMinute":
      return fill(figures.perMinute, { n: number(value) });
    case "seconds":
      return duration(value);
    case null:
      return number(value);
  }
}

function messageText(message: Texts): string {
  const { empty } = texts.value.review;
  return Object.entries(message)
    .map(([tag, text]) => `${tag}: ${text || empty}`)
    .join("\n");
}

/** A room's name in the language of the console, else in the next that has one. */
export function roomName({ id, name, languages }: Pick<RoomDocument, "id" | "name" | "languages">): string {
  return textIn(name, fallbackOrder(lang.value, languages))?.text ?? id;
}

export function fieldName(field: string): string {
  const names: Readonly<Record<string, string>> = texts.value.fields;
  return names[field] ?? field;
}
