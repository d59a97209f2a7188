/** Commands against an operators' listener, over real sockets; one of them as `npx sluse` runs it. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { StoreError } from "#core";
import { LANGUAGE_TAGS } from "#languages";
import packageJson from "../../package.json" with { type: "json" };
import {
  NAMED,
  OPERATOR_TOKEN,
  type OperatorsListener,
  openOperatorsListener,
} from "../operator/operator-fixture.ts";
import { readSettings } from "../settings.ts";
import { runCommand } from "./main.ts";

let listener: OperatorsListener;
let url: string;

beforeAll(async () => {
  listener = await openOperatorsListener(null);
  url = `http://127.0.0.1:${listener.port}`;
});

afterAll(() => listener.close());

type Environment = Readonly<Record<string, string>>;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const ENVIRONMENT = () => ({ SLUSE_OPERATOR_URL: url, SLUSE_OPERATOR_TOKEN: OPERATOR_TOKEN });

/** `sluse words`, with all the environment that there is. */
async function sluse(words: readonly string[], env: Environment = {}): Promise<Ran> {
  const said = { out: "", err: "" };
  const code = await runCommand(words, {
    env: { ...ENVIRONMENT(), ...env },
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { code, ...said };
}

/** The same, where a command's words have no blanks. */
const run = (words: string, env: Environment = {}) => sluse(words.split(" "), env);

const GOOD = { code: 0, err: "" };

/** What the API itself says of the room. */
async function settings(): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  return (await (await fetch(`${url}/api/rooms/tax`, { headers })).json()).settings;
}

describe("sluse rooms", () => {
  it("is a table of all rooms", async () => {
    const { out, ...rest } = await run("rooms");
    expect(rest).toEqual(GOOD);
    const [heading, ...rows] = out.trimEnd().split("\n");
    expect(heading).toMatch(/^ROOM +MODE +WAITING +WAIT .* OUTFLOW\/MIN +SESSIONS .*TROUBLE$/);
    expect(rows.map((row) => row.split(/ +/)[0])).toEqual(["tax", "vaccine"]);
    expect(rows[1]).toMatch(/^vaccine +queue +0 .* 600 +0 /);
  });

  it("takes the token as it stands in a header, or with a line's end", async () => {
    for (const token of [`Bearer ${OPERATOR_TOKEN}`, `bearer  ${OPERATOR_TOKEN}\n`])
      expect(await run("rooms", { SLUSE_OPERATOR_TOKEN: token })).toMatchObject(GOOD);
  });

  it("is the API's own document for scripts", async () => {
    const { out, ...rest } = await run("rooms --json");
    expect(rest).toEqual(GOOD);
    expect(JSON.parse(out).rooms.map((room: { id: string }) => room.id)).toEqual(["tax", "vaccine"]);
  });
});

describe("sluse set", () => {
  it("says what was and what is", async () => {
    await run("set tax --outflow 60");
    const { out, ...rest } = await sluse([..."set tax --outflow 1900 --reason".split(" "), "it keeps up"]);
    expect(rest).toEqual(GOOD);
    expect(out).toMatch(/^tax: changed, version \d+\n/);
    expect(out).toContain("outflow  60 a minute → 1,900 a minute\n");
    expect(out).toContain("reason   it keeps up\n");
    expect(await settings()).toMatchObject({ outflowPerMinute: 1_900 });
  });

  it("sets everything that can be set", async () => {
    const all =
      "--mode hold --outflow 700 --capacity 4000 --session 90 --session-grace 60 --claim-window 5400 " +
      "--opens-at 2027-03-01T08:00:00+01:00 --message-da Straks --message-en Soon --reason why";
    const { out, code } = await run(`set tax ${all}`);
    expect([code, (out.match(/→/g) ?? []).length]).toEqual([0, 8]);
    expect(out).toContain("claim window   10 min → 1 h 30 min\n");
    expect(out).toContain("message        none → da “Straks” / en “Soon”\n");
    expect(await settings()).toMatchObject({
      mode: "hold",
      outflowPerMinute: 700,
      capacity: 4_000,
      sessionSeconds: 90,
      sessionGraceSeconds: 60,
      claimWindowSeconds: 5_400,
      opensAt: "2027-03-01T07:00:00.000Z",
      message: { da: "Straks", en: "Soon" },
    });
    const undone = await run("set tax --mode queue --no-opens-at --no-message");
    expect(undone.out).toContain("message   da “Straks” / en “Soon” → none\n");
    expect(await settings()).toMatchObject({ mode: "queue", opensAt: null, message: null });
  });

  it("takes a message in one language, leaves the other as it is, and says who sees which", async () => {
    const { out, ...warned } = await run("set tax --message-en Soon");
    expect(out).toContain("message  none → en “Soon”\n");
    expect(warned).toEqual({
      code: 0,
      err: "sluse: there is no Danish message: whoever reads the page in Danish sees the English one\n",
    });
    expect(await run("set tax --message-da Straks")).toMatchObject(GOOD);
    expect(await settings()).toMatchObject({ message: { da: "Straks", en: "Soon" } });
    const { err, out: json } = await sluse(["set", "tax", "--message-en", "", "--json"]);
    expect([err, JSON.parse(json).message]).toEqual([
      "sluse: the English message is empty: whoever reads the page in English sees no message, " +
        "not the Danish one either\n",
      { da: "Straks", en: "" },
    ]);
    expect(await sluse(["set", "tax", "--message-da", ""])).toMatchObject(GOOD);
    expect(await settings()).toMatchObject({ message: null });
  });

  it("says that an opening time in the past has no effect, and nothing of one to come", async () => {
    const passed = "sluse: the opening time 15 Jan 2020, ";
    const { code, out, err } = await run("set tax --opens-at 2020-01-15T12:00:00Z --json");
    expect([code, JSON.parse(out).opensAt, err.slice(0, passed.length)]).toEqual([
      0,
      "2020-01-15T12:00:00.000Z",
      passed,
    ]);
    expect(await run("set tax --opens-at 2199-03-01T08:00:00Z")).toMatchObject(GOOD);
    expect(await run("set tax --no-opens-at")).toMatchObject(GOOD);
  });

  it("prints the new state for scripts, and says when nothing was new", async () => {
    const { out } = await run("set tax --outflow 800 --json");
    expect(JSON.parse(out)).toMatchObject({ id: "tax", outflowPerMinute: 800 });
    const again = (await run("set tax --outflow 800")).out;
    expect(again).toMatch(/^tax: as it was, version \d+\n/);
    expect(again).toContain("outflow  800 a minute, as it was");
  });

  it("may be told the same twice", async () => {
    expect(await run("set tax --outflow 800 --no-message --outflow 800 --no-message")).toMatchObject(GOOD);
  });

  it("writes numbers as the environment does", async () => {
    const danish: Environment[] = [
      { LANG: "da_DK.UTF-8" },
      { LC_NUMERIC: "da_DK", LANG: "en_US" },
      { LC_ALL: "da" },
    ];
    for (const env of danish) {
      expect((await run("set tax --outflow 47030", env)).out).toContain("47.030 a minute");
    }
    expect((await run("set tax --outflow 47030", { LANG: "C.UTF-8" })).out).toContain("47,030 a minute");
    expect((await run("show tax", { LANG: "da_DK.UTF-8" })).out).toMatch(/^tax: Skat /);
  });

  it("holds to the version that was seen", async () => {
    await run("set tax --capacity 10");
    const { version } = JSON.parse((await run("show tax --json")).out);
    expect(await run(`set tax --capacity 20 --if-version ${version}`)).toMatchObject(GOOD);
    const stale = await run(`set tax --capacity 30 --if-version ${version}`);
    expect(stale).toMatchObject({ code: 1, out: "" });
    expect(stale.err).toMatch(/changed tax since.* It has version \d+ now, by operator\./);
    expect(await settings()).toMatchObject({ capacity: 20 });
    const { err } = await run(`set tax --capacity 30 --if-version ${version} --json`);
    expect(JSON.parse(err)).toMatchObject({ code: "stale-version", status: 412 });
  });
});

describe("sluse set --mode closed", () => {
  it("puts those inside out only where it is told to, though the room be closed already", async () => {
    const { passesNotBeforeMs } = await lastChange();
    const plain = await run("set tax --mode closed");
    expect(plain.out).not.toContain("sessions");
    expect((await lastChange()).passesNotBeforeMs).toBe(passesNotBeforeMs);
    const { out, ...rest } = await run("set tax --mode closed --end-sessions --reason corrupt");
    expect(rest).toEqual(GOOD);
    expect(out).toMatch(
      /^tax: changed, version \d+\n +mode +closed, as it was\n +sessions +0 ended\n +reason +corrupt\n/,
    );
    const after = await lastChange();
    expect(after.entry).toMatchObject({ action: "change", endSessions: true, reason: "corrupt" });
    expect(after.passesNotBeforeMs).toBeGreaterThan(passesNotBeforeMs);
    await run("set tax --mode queue");
  });

  /** The newest entry of the room's trail, and since when its passes are good. */
  async function lastChange() {
    const { entries } = JSON.parse((await run("audit tax --limit 1 --json")).out);
    const line = listener.deployment.doors.get("tax")?.room.snapshot;
    return { entry: entries[0], passesNotBeforeMs: line?.settings.passesNotBeforeMs ?? 0 };
  }
});

describe("sluse reset", () => {
  it("takes the room's name, and says what became of everybody", async () => {
    const before = JSON.parse((await run("show tax --json")).out);
    const { out, ...rest } = await run("reset tax --confirm tax --reason over --end-sessions");
    expect(rest).toEqual(GOOD);
    expect(out).toMatch(/the line was reset/);
    expect(out).toMatch(/waiting +0 lost their place\n +sessions +0 ended\n +reason +over\n/);
    const after = JSON.parse((await run("show tax --json")).out);
    expect(after.generation).toBeGreaterThan(before.generation);
    expect((await run("reset tax --confirm tax --json")).out).toContain('"generation"');
  });
});

describe("sluse audit", () => {
  beforeEach(async () => {
    await sluse(["set", "vaccine", "--outflow", "5", "--reason", "\u001b[2Jnight\u202e"]);
    await run("set vaccine --outflow 1234");
  });

  it("says who changed what, from what to what, when and why", async () => {
    const { out, ...rest } = await run("audit vaccine --limit 2");
    expect(rest).toEqual(GOOD);
    const [heading, ...rows] = out.trimEnd().split("\n");
    expect(heading).toMatch(/^WHEN +ROOM +ENTRY +WHO +WHAT +WHY$/);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(
      /^\d+ \w+ \d{4}, [\d:]+ [A-Z][\w+:-]+ +vaccine +\d+ +operator +outflow 5 a minute → 1,234 a minute +–$/,
    );
    // What steers a terminal is taken out.
    expect(rows[1]).toMatch(/ → 5 a minute +\[2Jnight$/);
  });

  it("is of one operator, or of what was before an entry", async () => {
    await run("set vaccine --outflow 6", { SLUSE_OPERATOR_TOKEN: NAMED.operator.token });
    const { out } = await sluse(["audit", "vaccine", "--actor", NAMED.operator.name]);
    const [, row, ...others] = out.trimEnd().split("\n");
    expect([row, others]).toEqual([expect.stringContaining("1,234 a minute → 6 a minute"), []]);
    const entry = / vaccine +(\d+) /.exec(out)?.[1];
    expect((await run(`audit vaccine --before ${entry} --limit 1`)).out).toContain(" → 1,234 a minute");
    const fitting = await sluse(["audit", "tax", "--actor", "Nobody Holm", "--before", "3"]);
    expect(fitting.out).toBe("No entry fits: room tax, actor Nobody Holm, before 3.\n");
  });

  it("is of all rooms, or the API's own document", async () => {
    await run("set tax --outflow 60");
    const { out } = await run("audit --json");
    const { entries } = JSON.parse(out);
    expect(new Set(entries.map((entry: { room: string }) => entry.room))).toEqual(
      new Set(["tax", "vaccine"]),
    );
    expect(entries.length).toBeLessThanOrEqual(20);
  });
});

describe("what is wrong with a command (2), and nothing is changed", () => {
  it.each([
    ["set tax --outflow 0", "--outflow: 0; allowed: a whole number from 1 to 1000000"],
    ["set tax --outflow many", '--outflow: "many"; allowed: a whole number'],
    [
      "set tax --mode shut --session 0",
      '--mode: "shut"; allowed: "queue", "hold", "open" or "closed"\nsluse: --session: 0',
    ],
    [
      "set tax --opens-at tomorrow",
      '--opens-at: "tomorrow"; allowed: a time such as 2027-03-15T19:00:00+01:00, or --no-opens-at for none',
    ],
    ["set tax --no-message --message-en Soon", "--no-message: given with a message"],
    ["set tax --reason because", "nothing to change; allowed: at least one of --mode, --outflow"],
    [
      "set tax",
      `${LANGUAGE_TAGS.map((tag) => `--message-${tag}`).join(", ")}, --no-opens-at, --no-message\n`,
    ],
    ["set tax --outflow 5 --if-version new", '--if-version: "new"; allowed: a whole number'],
    ["set tax --outflow 900 --outflow 800", "--outflow: given twice, with different values; allowed: once"],
    ["set tax --outflow 9 --url http://a --url http://b", "--url: given twice, with different values"],
    ["reset tax --confirm vaccine --confirm tax", "--confirm: given twice, with different values"],
    ["audit --limit 5 --limit 6", "--limit: given twice, with different values"],
    [
      "set tax --opens-at 2027-03-01T08:00:00Z --no-opens-at",
      "--no-opens-at: given with its opposite; allowed: the one or the other",
    ],
    ["set tax --no-opens-at --opens-at 2027-03-01T08:00:00Z", "--opens-at: given with its opposite"],
    ["set tax --outflw 5", "Did you mean --outflow?"],
    ["set tax --end-sessions", "--end-sessions: allowed: with --mode closed"],
    ["set tax --end-sessions --mode hold", "--end-sessions: allowed: with --mode closed"],
    ["set --outflow 5", "missing required argument 'room'"],
    ["reset tax", "required option '--confirm <room>'"],
    ["reset tax --confirm vaccine", '--confirm: "vaccine"; allowed: the room\'s id again, tax'],
    ["audit --before 3", "--before: given without a room"],
    ["audit tax --before new", '--before: "new"; allowed: a whole number from 1 to'],
    ["audit --limit 1001", '--limit: "1001"; allowed: a whole number from 1 to 1000'],
    ["room", "Did you mean rooms?"],
    ["rooms --url tax.example", '--url: "tax.example"; allowed: an http or https address'],
    ["rooms --url http://127.0.0.1:1", '--url: "http://127.0.0.1:1"; allowed: a port that HTTP clients ask'],
    ["rooms --token abc", "unknown option '--token'"],
  ])("sluse %s", async (words, said) => {
    const before = await settings();
    const { code, out, err } = await run(words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(said);
    expect(await settings()).toEqual(before);
  });

  it.each([
    ["rooms --jsn --json", "unknown option '--jsn'\n(Did you mean --json?)"],
    ["--json room", "unknown command 'room'"],
    ["--json", "Usage: sluse"],
    ["set tax --outflow 0 --json", "--outflow: 0; allowed: "],
    ["reset tax --json", "required option '--confirm <room>' not specified"],
  ])("sluse %s: says so as JSON", async (words, said) => {
    const { code, out, err } = await run(words);
    expect([code, out]).toEqual([2, ""]);
    const { detail, ...rest } = JSON.parse(err);
    expect([detail.slice(0, said.length), rest]).toEqual([said, { code: "wrong-usage" }]);
  });

  it("no token, and an address in the environment that is none", async () => {
    const noToken = await run("rooms", { SLUSE_OPERATOR_TOKEN: "" });
    expect([noToken.code, noToken.err]).toEqual([
      2,
      expect.stringMatching(/^sluse: SLUSE_OPERATOR_TOKEN: not set; /),
    ]);
    const secret = await run("rooms", { SLUSE_OPERATOR_TOKEN: "a token of mine" });
    expect([secret.code, secret.err]).toEqual([2, expect.not.stringContaining("of mine")]);
    const noUrl = await run("rooms", { SLUSE_OPERATOR_URL: "8081" });
    expect([noUrl.code, noUrl.err]).toEqual([
      2,
      expect.stringContaining('SLUSE_OPERATOR_URL: "8081"; allowed: '),
    ]);
  });

  it("no command at all: how it is used", async () => {
    const { code, err } = await sluse([]);
    expect(code).toBe(2);
    for (const command of ["rooms", "show", "set", "reset", "audit"])
      expect(err).toMatch(RegExp(`^  ${command} `, "m"));
  });
});

describe("what was refused, or not to be had (1)", () => {
  it.each([
    ["show tux", "", 'There is no room "tux". Did you mean tax? The rooms are tax, vaccine.'],
    ["audit nowhere", "", 'There is no room "nowhere". The rooms are'],
    ["rooms", "another-token-0123456789", "The token in SLUSE_OPERATOR_TOKEN is nobody's there"],
    [
      "set tax --outflow 5",
      NAMED.viewer.token,
      "has the role viewer; this takes operator. Nothing was changed.",
    ],
    [
      "reset tax --confirm tax",
      NAMED.operator.token,
      "has the role operator; this takes admin. Nothing was changed.",
    ],
  ])("sluse %s, token %s", async (words, token, said) => {
    const { code, out, err } = await run(words, token === "" ? {} : { SLUSE_OPERATOR_TOKEN: token });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(said);
  });

  it("a server that is not there, or another one", async () => {
    const gone = await openOperatorsListener(null);
    const away = `http://127.0.0.1:${gone.port}`;
    gone.close();
    expect(await run(`rooms --url ${away}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${away} does not answer: ECONNREFUSED`),
    });
    expect(JSON.parse((await run(`rooms --url ${away} --json`)).err).code).toBe("unreachable");
    // A path that no operators' listener has.
    expect(await run(`rooms --url ${url}/tax`)).toMatchObject({
      code: 1,
      err: expect.stringContaining("not as an operators' listener of this version does"),
    });
  });

  it("a store that does not answer", async () => {
    listener.fault.error = new StoreError("store-down", "cut off");
    const { code, err } = await run("set tax --outflow 61");
    listener.fault.error = null;
    expect([code, err]).toEqual([1, expect.stringContaining("Whether the change was made is not known")]);
  });
});

describe("npx sluse", () => {
  it("says its version, without a token", async () => {
    const { out, ...rest } = await run("--version", { SLUSE_OPERATOR_TOKEN: "" });
    expect([rest, out]).toEqual([GOOD, `${packageJson.version}\n`]);
  });

  it("may have its address in an environment that a gateway is started in", () => {
    expect(() => readSettings(ENVIRONMENT())).not.toThrow();
  });

  it("is a command of the package, started as npx does", async () => {
    const command = fileURLToPath(new URL(`../../${packageJson.bin.sluse}`, import.meta.url));
    const env = { PATH: process.env.PATH, ...ENVIRONMENT() };
    const ran = await new Promise<Ran>((done) => {
      execFile(command, ["show", "tux"], { env, cwd: "/" }, (error, out, err) =>
        done({ code: Number(error?.code ?? 0), out, err }),
      );
    });
    expect(ran).toEqual({
      code: 1,
      out: "",
      err: 'sluse: There is no room "tux". Did you mean tax? The rooms are tax, vaccine.\n',
    });
  });
});
