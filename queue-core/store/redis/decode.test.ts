import { describe, expect, it } from "vitest";
import { SETTING_NAMES, SETTINGS } from "../../domain/settings.ts";
import { decodeReply } from "./decode.ts";
import { AUDIT_HEAD, SETTING_KINDS, TOLD } from "./wire.ts";

const VALUES = { text: "queue", number: 7, flag: 1, pause: -1, json: "null" };
const kinds = [...Object.values(SETTING_KINDS), ...Object.values(TOLD), ...Object.values(AUDIT_HEAD)];
const whole = kinds.map((kind) => VALUES[kind]);

describe("a reply", () => {
  it("that is whole is a snapshot, each value by its name", () => {
    const reply = decodeReply(["done", "ok", whole]);
    if (reply.kind !== "done") throw new Error(reply.kind);
    expect(reply.result).toBe("ok");
    expect(Object.keys(reply.snapshot)).toEqual([...Object.keys(TOLD), "settings", "auditHead"]);
    expect(Object.keys(reply.snapshot.settings)).toEqual(SETTING_NAMES);
    expect(reply.snapshot).toMatchObject({ generation: 7, mode: "queue", quiet: true, admitsInMs: null });
  });

  it.each(whole.map((_, count) => count))("of %s values is a fault, never zeros", (count) => {
    expect(() => decodeReply(["done", "ok", whole.slice(0, count)])).toThrow(TypeError);
  });

  it("with a value too many is one, too", () => {
    expect(() => decodeReply(["done", "ok", [...whole, 7]])).toThrow(TypeError);
  });

  it.each(kinds.map((kind, at) => [kind, at] as const))("with nothing where a %s belongs, at %s", (_, at) => {
    expect(() => decodeReply(["done", "ok", whole.with(at, null as never)])).toThrow(TypeError);
  });

  it.each([[null], ["done"], [["done"]], [["done", "ok", "7"]], [["changed"]]])("%j is a fault", (reply) => {
    expect(() => decodeReply(reply)).toThrow(TypeError);
  });
});

describe("every setting", () => {
  it("is read by its kind", () => {
    for (const name of SETTING_NAMES) expect(SETTING_KINDS[name], name).toBeDefined();
    expect(Object.keys(SETTING_KINDS)).toEqual(Object.keys(SETTINGS));
  });
});
