import { describe, expect, it } from "vitest";
import { readSettings, SettingsError } from "./settings.ts";

const good = { SLUSE_OPERATOR_TOKEN: "0123456789abcdef" };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("settings", () => {
  it("has the contract's defaults", () => {
    expect(readSettings(good)).toMatchObject({
      roomsFile: "rooms.json",
      listen: { host: "127.0.0.1", port: 8080 },
      operatorListen: { host: "127.0.0.1", port: 8081 },
      publicUrl: new URL("http://127.0.0.1:8080"),
      store: { kind: "private" },
      dataFolder: ".sluse",
      keysFile: null,
      metricsToken: null,
      trustedProxies: [],
      workers: 1,
      worker: null,
    });
  });

  it("reads what is given", () => {
    const given = readSettings({
      ...good,
      SLUSE_LISTEN: "[::1]:80",
      SLUSE_PUBLIC_URL: "https://tax.example",
      REDIS_URL: "redis+cluster://a:1,b:2",
      SLUSE_KEYS: "/etc/sluse/keys.json",
      SLUSE_NEW_LINE: "yes",
      SLUSE_TRUSTED_PROXIES: "10.0.0.0/8, ::1",
      SLUSE_WORKERS: "4",
    });
    expect(given.listen).toEqual({ host: "::1", port: 80 });
    expect(given.publicUrl.protocol).toBe("https:");
    expect(given.store).toEqual({ kind: "url", url: "redis+cluster://a:1,b:2", mayStartLine: true });
    expect(given.trustedProxies).toEqual(["10.0.0.0/8", "::1"]);
    expect(given.workers).toBe(4);
  });

  const wrong: [setting: string, value: string, said: string][] = [
    ["SLUSE_LISTEN", "8080", '"8080"'],
    ["SLUSE_LISTEN", "127.0.0.1:99999", '"127.0.0.1:99999"'],
    ["SLUSE_OPERATOR_LISTEN", "a b:1", '"a b:1"'],
    ["SLUSE_PUBLIC_URL", "tax.example", '"tax.example"'],
    ["SLUSE_PUBLIC_URL", "https://tax.example/path", "without path"],
    ["SLUSE_PUBLIC_URL", "ftp://tax.example", "http or https"],
    ["REDIS_URL", "postgres://secret@host", '"postgres:..."'],
    ["SLUSE_OPERATOR_TOKEN", "short", "5 characters"],
    ["SLUSE_METRICS_TOKEN", "short", "5 characters"],
    ["SLUSE_TRUSTED_PROXIES", "10.0.0.0/99", '"10.0.0.0/99"'],
    ["SLUSE_WORKERS", "0", "1 to 256, or auto"],
    ["SLUSE_WORKERS", "two", '"two"'],
  ];
  for (const [setting, value, said] of wrong) {
    it(`says what is wrong with ${setting}=${value}`, () => {
      const lines = problemsOf({ ...good, SLUSE_KEYS: "k", [setting]: value });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(new RegExp(`^${setting}: .*allowed: `));
      expect(lines[0]).toContain(said);
    });
  }

  it("says every mistake at once, and no secret", () => {
    const lines = problemsOf({ SLUSE_LISTEN: "x", REDIS_URL: "redis://:hunter2@host", SLUSE_WORKERS: "-1" });
    expect(lines.map((line) => line.split(":")[0]).sort()).toEqual([
      "SLUSE_KEYS",
      "SLUSE_LISTEN",
      "SLUSE_OPERATOR_TOKEN",
      "SLUSE_WORKERS",
    ]);
    expect(lines.join()).not.toContain("hunter2");
  });
});
