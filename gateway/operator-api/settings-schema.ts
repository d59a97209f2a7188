/** The table of settings as schemas: what the rooms file and a PATCH may say, and what is answered. */
import { z } from "zod";
import type { RequiredSetting, Setting, TextsSetting } from "#core/settings";
import { LANGUAGE_TAGS, type Texts } from "#languages";
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

/** A text by language, as it is answered: readers leave aside languages that they do not know. */
export const texts = z.record(z.string(), z.string()).describe("a text by language, such as da or en");

/** A text in one or more of the languages that Sluse speaks, by their tags, in the order of the registry. */
export function inSomeLanguage(text: z.ZodString): z.ZodType<Texts, Texts> {
  return z
    .strictObject(Object.fromEntries(LANGUAGE_TAGS.map((tag) => [tag, text.optional()])))
    .refine((given) => Object.keys(given).length > 0) as unknown as z.ZodType<Texts, Texts>;
}

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
  return inSomeLanguage(text);
}

function answeredSchema(setting: Setting): z.ZodType {
  switch (setting.kind) {
    case "time":
      return setting.changedBy === "operator" ? z.iso.datetime().nullable() : z.int().min(0);
    case "texts":
      return texts.nullable();
    default:
      return givenSchema(setting);
  }
}
