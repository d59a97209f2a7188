import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { isCode, isTest, listFiles, readFiles } from "../.ci/repository.ts";
import { readSettings, SettingsError, takenLine } from "./settings.ts";

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
  // PROTOCOL: rooms file; `rooms.json`
  // PROTOCOL: visitors' and operators' listeners; `127.0.0.1:8080`, `127.0.0.1:8081`
  // PROTOCOL: `http://` + the visitors' listener
  // PROTOCOL: remembered floors; `.sluse`
  // PROTOCOL: processes; 1
  // PROTOCOL: is believed; none
  // PROTOCOL: what visitors can choose from, in order of preference; `da,en`
  // PROTOCOL: before the others wait in turn; 50
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
      languages: ["da", "en"],
      trustedProxies: [],
      joinsPerSecondPerAddress: 50,
      workers: 1,
      worker: null,
    });
  });

  it.each([
    ["127.0.0.1:8080", "127.0.0.1:8080"],
    ["0.0.0.0:8080", "127.0.0.1:8080"],
    ["127.0.0.1:8080", "[::]:8080"],
  ])("names both listeners where they have one port: %s and %s", (listen, operators) => {
    expect(problemsOf({ ...good, SLUSE_LISTEN: listen, SLUSE_OPERATOR_LISTEN: operators })).toEqual([
      `SLUSE_OPERATOR_LISTEN: "${operators}", the port of SLUSE_LISTEN ("${listen}") too; ` +
        `allowed: a port of its own, such as SLUSE_OPERATOR_LISTEN=${listen.replace("8080", "8081")}`,
    ]);
  });

  it("names in place of a port that is taken one that no setting names", () => {
    const suggested = (name: Parameters<typeof takenLine>[0], env: Record<string, string>) =>
      takenLine(name, readSettings({ ...good, ...env })).split("such as ")[1];
    expect(suggested("SLUSE_LISTEN", {})).toBe("SLUSE_LISTEN=127.0.0.1:8180");
    const named = { SLUSE_LISTEN: "127.0.0.1:8181", SLUSE_PUBLIC_URL: "http://example.org:8281" };
    expect(suggested("SLUSE_OPERATOR_LISTEN", named)).toBe("SLUSE_OPERATOR_LISTEN=127.0.0.1:8381");
    const last = { SLUSE_LISTEN: "127.0.0.1:65535", SLUSE_OPERATOR_LISTEN: "[::1]:8081" };
    expect(suggested("SLUSE_LISTEN", last)).toBe("SLUSE_LISTEN=127.0.0.1:8181");
  });

  it("lets the listeners have one port on two addresses, and any port each", () => {
    const ports = (listen: string, operators: string) =>
      problemsOf({ ...good, SLUSE_LISTEN: listen, SLUSE_OPERATOR_LISTEN: operators });
    expect(ports("10.0.0.1:8080", "127.0.0.1:8080")).toEqual([]);
    expect(ports("127.0.0.1:0", "127.0.0.1:0")).toEqual([]);
  });

  // PROTOCOL: `npm run gateway` (the gateway alone, settings from the environment
  // PROTOCOL: `yes`: an empty external Redis is a first start, not a lost line
  it("reads what is given", () => {
    const given = readSettings({
      ...good,
      SLUSE_LISTEN: "[::1]:80",
      SLUSE_PUBLIC_URL: "https://tax.example",
      REDIS_URL: "redis+cluster://a:1,b:2",
      SLUSE_KEYS: "/etc/sluse/keys.json",
      SLUSE_NEW_LINE: "yes",
      SLUSE_LANGUAGES: "en, da",
      SLUSE_TRUSTED_PROXIES: "10.0.0.0/8, ::1",
      SLUSE_WORKERS: "4",
    });
    expect(given.listen).toEqual({ host: "::1", port: 80 });
    expect(given.publicUrl.protocol).toBe("https:");
    expect(given.store).toEqual({ kind: "url", url: "redis+cluster://a:1,b:2", mayStartLine: true });
    expect(given.languages).toEqual(["en", "da"]);
    expect(given.trustedProxies).toEqual(["10.0.0.0/8", "::1"]);
    expect(given.workers).toBe(4);
    // PROTOCOL: `auto` = cores
    expect(readSettings({ ...good, SLUSE_WORKERS: "auto" }).workers).toBe(availableParallelism());
  });

  const wrong: [setting: string, value: string, said: string][] = [
    ["SLUSE_LISTEN", "8080", '"8080"'],
    ["SLUSE_LISTEN", "127.0.0.1:99999", '"127.0.0.1:99999"'],
    ["SLUSE_OPERATOR_LISTEN", "a b:1", '"a b:1"'],
    ["SLUSE_PUBLIC_URL", "tax.example", '"tax.example"'],
    ["SLUSE_PUBLIC_URL", "https://tax.example/path", "without path"],
    ["SLUSE_PUBLIC_URL", "ftp://tax.example", "http or https"],
    ["REDIS_URL", "postgres://secret@host", '"postgres:..."'],
    // PROTOCOL: required, 16 characters or more
    ["SLUSE_OPERATOR_TOKEN", "short", "5 characters"],
    ["SLUSE_METRICS_TOKEN", "short", "5 characters"],
    ["SLUSE_PROMETHEUS_URL", "http://ann:secret@127.0.0.1:9090", "not such an address"],
    ["SLUSE_LANGUAGES", "en,tlh", '"en,tlh"; allowed: one or more of '],
    ["SLUSE_LANGUAGES", "da,da", '"da,da"'],
    ["SLUSE_TRUSTED_PROXIES", "10.0.0.0/99", '"10.0.0.0/99"'],
    ["SLUSE_NEW_LINE", "true", '"true"'],
    ["SLUSE_JOINS_PER_SECOND_PER_ADDRESS", "fifty", '"fifty"'],
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

  // PROTOCOL: required with `REDIS_URL`
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

  it.each([
    ["SLUSE_LISTN", "SLUSE_LISTEN"],
    ["SLUSE_OPERATORS_LISTEN", "SLUSE_OPERATOR_LISTEN"],
    ["SLUSE_TRUSTED_PROXY", "SLUSE_TRUSTED_PROXIES"],
    ["SLUSE_OPERATOR_TOKN", "SLUSE_OPERATOR_TOKEN"],
    ["SLUSE_worker", "SLUSE_WORKERS"],
  ])("takes %s for a misspelling, and does not show its value", (name, meant) => {
    expect(problemsOf({ ...good, [name]: "a-secret-perhaps" })).toEqual([
      `${name}: no such setting; did you mean ${meant}?`,
    ]);
  });

  it("names every setting where none is near", () => {
    const [line, ...more] = problemsOf({ ...good, SLUSE_FAVOURITE_COLOUR: "blue" });
    expect(line).toMatch(/^SLUSE_FAVOURITE_COLOUR: no such setting; allowed: .*SLUSE_DATA, .*SLUSE_WORKERS$/);
    expect(more).toEqual([]);
  });

  it("takes what Kubernetes says of a service that is called sluse", () => {
    const told = {
      SLUSE_SERVICE_HOST: "10.0.0.1",
      SLUSE_SERVICE_PORT: "80",
      SLUSE_SERVICE_PORT_VISITORS: "80",
      SLUSE_PORT: "tcp://10.0.0.1:80",
      SLUSE_PORT_80_TCP: "tcp://10.0.0.1:80",
      SLUSE_PORT_80_TCP_ADDR: "10.0.0.1",
      SLUSE_OPERATORS_PORT: "tcp://10.0.0.2:8081",
    };
    expect(problemsOf({ ...good, ...told })).toEqual([]);
    expect(problemsOf({ ...good, SLUSE_PORT: "8080" })).toHaveLength(1);
  });

  it("knows every name that this repository uses", () => {
    const used = readFiles(listFiles().filter((path) => isCode(path) && !isTest(path)))
      .flatMap(({ text }) => [...text.matchAll(/\benv\.(SLUSE_[A-Z_]+)|\b(SLUSE_[A-Z_]+):/g)])
      .map(([, read, given]) => read ?? given ?? "");
    const tests = readFiles(listFiles().filter(isTest)).flatMap(({ text }) => [
      ...text.matchAll(/\bprocess\.env\.(SLUSE_[A-Z_]+)/g),
    ]);
    const names = new Set([...used, ...tests.map(([, read]) => read ?? "")]);
    expect(names).toContain("SLUSE_LISTEN");
    const unknown = [...names].filter((name) =>
      problemsOf({ ...good, [name]: "x" }).some((line) => line.startsWith(`${name}: no such setting`)),
    );
    expect(unknown).toEqual([]);
  });
});
