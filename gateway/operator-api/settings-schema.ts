/** The table of settings as schemas: what the rooms file and a PATCH may say, and what is answered. */
import { z } from "zod";
import type { RequiredSetting, Setting, TextsSetting } from "#core/settings";
import {
  allowedOf,
  DOCUMENT_FIELDS,
  FIELD_NAMES,
  FIELDS,
  meaningOf,
  type SettingField,
  type Settings,
  type SettingsDocument,
} from "./settings.ts";

/** A text in both languages, as it is answered. */
export const bilingual = z.object({ da: z.string(), en: z.string() });

type Schemas<Values> = { [Name in keyof Values]: z.ZodType<Values[Name], Values[Name]> };

/** What has a default may be left out. */
type SeedSchemas = {
  [Field in SettingField]: z.ZodType<
    Settings[Field],
    Field extends RequiredSetting ? Settings[Field] : Settings[Field] | undefined
  >;
};

/** What an operator may change, with its bounds. Each says in words what is allowed. */
export const settingSchemas = Object.fromEntries(
  FIELD_NAMES.map((field) => {
    const setting: Setting = FIELDS[field];
    const words = { description: allowedOf(setting), title: meaningInJson(setting) };
    return [field, givenSchema(setting).meta(words)];
  }),
) as Schemas<Settings>;

/** The same in the rooms file, where what is not said has its default. */
export const seedSchemas = Object.fromEntries(
  FIELD_NAMES.map((field) => {
    const { kind, default: usual }: Setting = FIELDS[field];
    const schema: z.ZodType = settingSchemas[field];
    if (kind === "whole" && usual === null) return [field, schema];
    return [field, schema.default(kind === "time" ? null : usual)];
  }),
) as SeedSchemas;

/** All settings as they are answered. */
export const settingsSchema = z
  .object(
    Object.fromEntries(
      Object.entries(DOCUMENT_FIELDS).map(([field, setting]) => [
        field,
        answeredSchema(setting).describe(meaningInJson(setting)),
      ]),
    ) as Schemas<SettingsDocument>,
  )
  .describe("What an operator steers, as the store keeps it.");

function meaningInJson(setting: Setting): string {
  return setting.kind === "time" && setting.changedBy === "operator"
    ? `${setting.meaning}; null: ${setting.none}`
    : meaningOf(setting);
}

function givenSchema(setting: Setting): z.ZodType {
  switch (setting.kind) {
    case "whole":
      return z.int().min(setting.least).max(setting.most);
    case "choice":
      return z.enum(setting.choices);
    case "time":
      return z.iso.datetime({ offset: true }).nullable();
    case "texts":
      return textsSchema(setting).nullable();
  }
}

function textsSchema({ mostCharacters }: TextsSetting): z.ZodType {
  const text = z.string().max(mostCharacters).describe(`a text of ${mostCharacters} characters at most`);
  return z.strictObject({ da: text, en: text });
}

/** Readers leave aside what they do not know, such as a further language. */
function answeredSchema(setting: Setting): z.ZodType {
  switch (setting.kind) {
    case "time":
      return setting.changedBy === "operator" ? z.iso.datetime().nullable() : z.int().min(0);
    case "texts":
      return bilingual.nullable();
    default:
      return givenSchema(setting);
  }
}
