import { describe, expect, it } from "vitest";
import { OPERATOR_SETTINGS, publicNameOf, settingsWith } from "#core/settings";
import { LANGUAGE_TAGS } from "#languages";
import { changeSchema, REPLIES, seedSchemas } from "./schemas.ts";
import {
  allowedOf,
  FIELD_NAMES,
  FIELDS,
  meaningOf,
  settingOf,
  settingsDocument,
  storedChange,
  unitOf,
  withoutUnit,
} from "./settings.ts";

const stored = settingsWith({
  outflowPerMinute: 60,
  opensAtMs: Date.UTC(2027, 2, 1, 7),
  message: { da: "Straks", en: "Soon" },
  passesNotBeforeMs: 5,
});

describe("the settings of the table", () => {
  it("are answered, each by its public name, as the schema of the reply has them", () => {
    const document = settingsDocument(stored);
    expect(REPLIES.Settings.strict().parse(document)).toEqual(document);
    expect(document).toMatchObject({ opensAt: "2027-03-01T07:00:00.000Z", passesNotBefore: 5 });
    expect(settingsDocument(settingsWith({ outflowPerMinute: 60 })).opensAt).toBeNull();
  });

  it("can each be changed, and are read back as they were answered", () => {
    const { messageRevision: _, passesNotBefore: __, ...document } = settingsDocument(stored);
    const { reason, ...change } = changeSchema.parse(document);
    expect(reason).toBe("");
    expect(Object.keys(change).sort()).toEqual(OPERATOR_SETTINGS.map(publicNameOf).sort());
    const { messageRevision, passesNotBeforeMs, version, ...steered } = stored;
    expect(storedChange(change)).toEqual(steered);
    expect(storedChange({ opensAt: null })).toEqual({ opensAtMs: 0 });
    expect(storedChange({ opensAt: "1969-12-31T23:00:00Z" })).toEqual({ opensAtMs: 0 });
    expect(storedChange({})).toEqual({});
  });

  const whole = FIELD_NAMES.flatMap((field) => {
    const setting = FIELDS[field];
    return setting.kind === "whole" ? [{ field, ...setting }] : [];
  });

  it.each(whole)("$field is taken from $least to $most, and no other number", ({ field, least, most }) => {
    const isTaken = (value: number) => changeSchema.safeParse({ [field]: value }).success;
    expect([least - 1, least, most, most + 1, least + 0.5].map(isTaken)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it("have the table's default in the rooms file, or must be said there", () => {
    const defaults = FIELD_NAMES.map((field) => [field, seedSchemas[field].safeParse(undefined)] as const);
    const required = defaults.filter(([, { success }]) => !success).map(([field]) => field);
    expect(required).toEqual(["outflowPerMinute"]);
    const { outflowPerMinute: _, ...others } = Object.fromEntries(
      defaults.map(([field, { data }]) => [field, data]),
    );
    expect(settingsDocument(settingsWith({ outflowPerMinute: 60 }))).toMatchObject(others);
  });
});

describe("the words of the table", () => {
  it("say what is allowed, and what a setting is for", () => {
    const { mode, outflowPerMinute, capacity, opensAt, message } = FIELDS;
    expect([mode, outflowPerMinute, capacity, opensAt, message].map(allowedOf)).toEqual([
      '"queue", "hold", "open" or "closed"',
      "a whole number from 1 to 1000000",
      "a whole number from 0 (no bound) to 100000000",
      "a time such as 2027-03-15T19:00:00+01:00, or null",
      `{"da": text, "en": text}, in at least one of ${LANGUAGE_TAGS.join(", ")}; or null`,
    ]);
    expect(meaningOf(FIELDS.capacity)).toBe("most sessions at once; 0 is no bound");
    expect(meaningOf(FIELDS.outflowPerMinute)).toBe("admissions a minute");
  });

  it("are found by a field's name, and are none of a name that a newer gateway says", () => {
    expect(settingOf("opensAt")).toBe(FIELDS.opensAt);
    expect(settingOf("passesNotBefore")?.label).toBe("Passes from before end");
    expect([settingOf("version"), settingOf("toString"), settingOf("opensAtMs")]).toEqual([null, null, null]);
  });

  it("are told apart from their units", () => {
    const fields = ["outflowPerMinute", "sessionGraceSeconds", "capacity"];
    expect(fields.map(unitOf)).toEqual(["perMinute", "seconds", null]);
    expect(fields.map(withoutUnit)).toEqual(["outflow", "sessionGrace", "capacity"]);
  });
});
