import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { type LogLine, OPERATOR_TOKEN, startGatewayProcess, testFolder } from "../testing/gateway-process.ts";
import { argumentsFor } from "../testing/programs.ts";
import { until } from "../testing/visitor.ts";

const ROOM = {
  id: "tax",
  name: { da: "Skat", en: "Tax" },
  match: { host: "*", path: "/tax" },
  origin: "http://127.0.0.1:9",
  outflowPerMinute: 60,
};

interface Ended {
  readonly code: number | null;
  /** What it said was wrong with its settings, a line each. */
  readonly wrong: readonly string[];
  readonly folder: string;
}

/** Starts a gateway that is expected to end by itself. */
async function runGateway(env: Record<string, string>, rooms: unknown = { rooms: [ROOM] }): Promise<Ended> {
  const folder = testFolder();
  const roomsFile = join(folder, "rooms.json");
  writeFileSync(roomsFile, typeof rooms === "string" ? rooms : JSON.stringify(rooms));
  const child = spawn(process.execPath, argumentsFor("gateway"), {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SLUSE_ROOMS: roomsFile,
      SLUSE_DATA: join(folder, "data"),
      SLUSE_LISTEN: "127.0.0.1:0",
      SLUSE_OPERATOR_LISTEN: "127.0.0.1:0",
      SLUSE_OPERATOR_TOKEN: OPERATOR_TOKEN,
      ...env,
    },
  });
  const lines: LogLine[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line));
    // It was to end by itself: the test will say what it did instead.
    if (lines.at(-1)?.event === "listening") child.kill("SIGTERM");
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const wrong = lines.filter(({ event }) => event === "wrong-settings").map(({ message }) => String(message));
  return { code, wrong, folder };
}

const withRoom = (fields: object) => ({ rooms: [{ ...ROOM, ...fields }] });

// PROTOCOL: Every mistake is one line: the setting's name, what was given, what is allowed
// PROTOCOL: 2 on wrong settings
it("exits 2 on wrong settings: every mistake is one line, with the name, what was given, what is allowed", async () => {
  const { code, wrong, folder } = await runGateway({
    SLUSE_LISTEN: "nowhere",
    SLUSE_OPERATOR_LISTEN: "127.0.0.1:99999",
    SLUSE_PUBLIC_URL: "ftp://tax.example",
    SLUSE_OPERATOR_TOKEN: "short",
    SLUSE_METRICS_TOKEN: "short",
    SLUSE_TRUSTED_PROXIES: "10.0.0.0/8,everybody",
    SLUSE_WORKERS: "none",
    REDIS_URL: "mysql://admin:secret@db",
  });
  expect(code).toBe(2);
  const given: [name: string, given: string][] = [
    ["SLUSE_LISTEN", '"nowhere"'],
    ["SLUSE_OPERATOR_LISTEN", '"127.0.0.1:99999"'],
    ["SLUSE_PUBLIC_URL", '"ftp://tax.example"'],
    ["REDIS_URL", '"mysql:..."'],
    ["SLUSE_OPERATOR_TOKEN", "5 characters"],
    ["SLUSE_METRICS_TOKEN", "5 characters"],
    ["SLUSE_TRUSTED_PROXIES", '"everybody"'],
    ["SLUSE_WORKERS", '"none"'],
    ["SLUSE_KEYS", "not set"],
  ];
  expect(wrong.map((line) => line.split("; allowed: ")[0])).toEqual(given.map((each) => each.join(": ")));
  for (const line of wrong) expect(line).toMatch(/^[^\n]+; allowed: [^\n]+$/);
  expect(wrong.join()).not.toContain("secret");
  expect(existsSync(join(folder, "data"))).toBe(false);
});

// PROTOCOL: Unknown fields in a request or a settings file are errors
it("names each bad field of the rooms file; unknown ones are errors", async () => {
  const { code, wrong } = await runGateway(
    {},
    withRoom({
      id: "Tax office",
      match: { host: "tax office", path: "tax" },
      origin: "ftp://tax",
      originHost: "tax office/",
      mode: "shut",
      outflowPerMinute: 0,
      capacity: -1,
      sessionSeconds: 1.5,
      waitingStatus: 404,
      opensAt: "tomorrow",
      ungated: [{ path: "help", verb: "GET" }],
      message: "Hello",
      outflow: 60,
    }),
  );
  expect(code).toBe(2);
  const named = wrong.map((line) => /rooms\.json: (\S+): /.exec(line)?.[1]);
  for (const field of [
    "id",
    "match.host",
    "match.path",
    "origin",
    "originHost",
    "mode",
    "outflowPerMinute",
    "capacity",
    "sessionSeconds",
    "waitingStatus",
    "opensAt",
    "ungated.0.path",
    "message",
  ]) {
    expect(named).toContain(`rooms.0.${field}`);
  }
  expect(wrong.filter((line) => line.includes(" rooms.0.outflow: 60;"))).toHaveLength(1);
  expect(wrong.filter((line) => line.includes(' rooms.0.ungated.0.verb: "GET";'))).toHaveLength(1);
  for (const line of wrong) expect(line).toMatch(/^[^\n]+; allowed: [^\n]+$/);
});

it.each([
  ["no JSON", "{"],
  ["no rooms", { rooms: [] }],
  ["one id twice", { rooms: [ROOM, { ...ROOM, match: { host: "*", path: "/other" } }] }],
  ["one place twice", { rooms: [ROOM, { ...ROOM, id: "other", match: { host: "*", path: "/tax/" } }] }],
  ["an origin with a path", withRoom({ origin: "http://127.0.0.1:9/app" })],
])("exits 2 on a rooms file with %s", async (_, rooms) => {
  const { code, wrong } = await runGateway({}, rooms);
  expect(code).toBe(2);
  expect(wrong).toHaveLength(1);
});

it("a second signal while it stops, as Ctrl-C in a terminal brings, cuts nobody off", async () => {
  let answer: (() => void) | null = null;
  const origin = createHttpServer((_request, response) => {
    answer = () => response.end("served to the end");
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const room = {
    ...ROOM,
    mode: "open",
    origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
  };
  const gateway = await startGatewayProcess({ rooms: [room], env: { REDIS_URL: "memory:" } });
  const stops = () => gateway.log.filter(({ event }) => event === "stopping").length;
  const running = fetch(`${gateway.url}/tax/`);
  await until("the request to arrive", () => answer !== null);
  gateway.child.kill("SIGINT");
  await until("the gateway to stop", () => stops() > 0);
  const ended = gateway.stop();
  setImmediate(() => answer?.());
  expect(await (await running).text()).toBe("served to the end");
  expect(await ended).toBe(0);
  expect(stops()).toBe(1);
  expect(gateway.log.at(-1)?.event).toBe("stopped");
  origin.close();
});

it("exits 2 without a rooms file", async () => {
  const { code, wrong } = await runGateway({ SLUSE_ROOMS: join(testFolder(), "nothing.json") });
  expect(code).toBe(2);
  expect(wrong).toEqual([
    expect.stringMatching(/^SLUSE_ROOMS: ".*nothing\.json" \(\/.*nothing\.json is not there\); allowed: /),
  ]);
});

it.each([
  ["a file", (folder: string) => join(folder, "rooms.json")],
  ["a place under /proc, where nothing can be made", () => "/proc/sluse/data"],
])("exits 2 where SLUSE_DATA names %s", async (_, path) => {
  const folder = testFolder();
  writeFileSync(join(folder, "rooms.json"), "{}");
  const { code, wrong } = await runGateway({ SLUSE_DATA: path(folder) });
  expect(code).toBe(2);
  expect(wrong).toEqual([
    expect.stringMatching(/^SLUSE_DATA: "[^"]+" \([^)]+\); allowed: a folder to write to/),
  ]);
});

it("exits 2 on keys that others may read, and does not show them", async () => {
  const keys = join(testFolder(), "keys.json");
  writeFileSync(keys, '{"keys":[{"k":"secret"}]}');
  chmodSync(keys, 0o644);
  const { code, wrong } = await runGateway({ SLUSE_KEYS: keys });
  expect(code).toBe(2);
  expect(wrong).toEqual([expect.stringMatching(/^SLUSE_KEYS: .*644; allowed: 600/)]);
  chmodSync(keys, 0o600);
  const other = await runGateway({ SLUSE_KEYS: keys });
  expect(other).toMatchObject({ code: 2, wrong: [expect.stringContaining("SLUSE_KEYS")] });
  expect(other.wrong.join()).not.toContain("secret");
});

it.each([
  ["SLUSE_LISTEN", "visitors'"],
  ["SLUSE_OPERATOR_LISTEN", "operators'"],
])(
  "exits 2 where the port of %s is taken, says whose it is, and leaves no store behind",
  async (name, whose) => {
    const { port, close } = await listening();
    const { code, wrong, folder } = await runGateway({ [name]: `127.0.0.1:${port}` });
    await close();
    expect(code).toBe(2);
    const [line, ...more] = wrong;
    expect(line?.startsWith(`${name}: "127.0.0.1:${port}" for the ${whose} listener is taken`), line).toBe(
      true,
    );
    expect(line).toContain(`; allowed: a free address, such as ${name}=127.0.0.1:`);
    expect(more).toEqual([]);
    await until("the store to end with it", () => processesIn(folder).length === 0);
  },
);

// PROTOCOL: 1 on a fault
it("exits 2 where only a worker finds that a port is taken", async () => {
  const [taken, free] = await Promise.all([listening(), listening()]);
  await free.close();
  const { code, wrong, folder } = await runGateway({
    SLUSE_WORKERS: "2",
    SLUSE_LISTEN: `127.0.0.1:${free.port}`,
    SLUSE_OPERATOR_LISTEN: `127.0.0.1:${taken.port}`,
  });
  await taken.close();
  expect(code).toBe(2);
  expect(wrong).toEqual([expect.stringContaining(`SLUSE_OPERATOR_LISTEN: "127.0.0.1:${taken.port}"`)]);
  await until("the store to end with it", () => processesIn(folder).length === 0);
});

it("exits 1 on a fault", async () => {
  const folder = testFolder();
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "redis"), "a file where the store's folder should be");
  expect((await runGateway({ SLUSE_DATA: join(folder, "data") })).code).toBe(1);
});

/** The command lines of processes that work in this folder. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** A port that another program has. */
async function listening(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
