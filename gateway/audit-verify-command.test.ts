import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
  testFolder,
} from "./testing/gateway-process.ts";
import { argumentsFor } from "./testing/programs.ts";

const COMMAND = argumentsFor("audit-verify");
const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
const rooms = ["tax", "vaccine"].map((id) => ({
  id,
  name: { da: id, en: id },
  match: { host: "*", path: `/${id}` },
  origin: "http://127.0.0.1:9",
  outflowPerMinute: 60,
}));

const folder = testFolder();
const file = (name: string) => join(folder, name);
let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess({ rooms, folder });
  for (const capacity of [1, 2, 3, 4]) await change("tax", capacity);
  await change("vaccine", 7);
});

afterAll(() => gateway.stop());

async function change(room: string, capacity: number): Promise<void> {
  const body = JSON.stringify({ capacity, reason: `to ${capacity}` });
  const { status } = await fetch(`${gateway.operatorUrl}/api/rooms/${room}`, {
    method: "PATCH",
    headers,
    body,
  });
  expect(status).toBe(200);
}

/** Saves what `GET /api/audit` answers. */
async function save(name: string, query: string): Promise<string> {
  const answer = await fetch(`${gateway.operatorUrl}/api/audit?${query}`, { headers });
  writeFileSync(file(name), await answer.text());
  return file(name);
}

/** `npm run audit:verify -- words`, where the gateway has its settings. */
function verify(words: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const known = { PATH: process.env.PATH, HOME: process.env.HOME };
  const own = { SLUSE_DATA: file("data"), SLUSE_ROOMS: file("rooms.json") };
  const options = { env: { ...known, ...own, ...env } };
  return new Promise<{ code: number; out: string; err: string }>((done) => {
    execFile(process.execPath, [...COMMAND, ...words], options, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** Tells the gateway's Redis something, as one would who can reach it. */
async function tell(command: string): Promise<void> {
  const socket = connect(join(file("data"), "redis", "redis.sock"));
  socket.write(`${command}\r\n`);
  await once(socket, "data");
  socket.destroy();
}

const WHOLE = [
  "tax: whole: entries 1 to 4, 4 in all; 4 of 4 that gateways remember stand there unchanged",
  "vaccine: whole: entries 1 to 1, 1 in all; 1 of 1 that gateways remember stand there unchanged",
  "",
].join("\n");

describe("npm run audit:verify", () => {
  // PROTOCOL: 0 where all is whole
  it("reads the store of a gateway that runs, which it leaves to it", async () => {
    expect(await verify()).toEqual({ code: 0, out: WHOLE, err: "" });
    expect((await fetch(`${gateway.operatorUrl}/readyz`)).status).toBe(200);
    const logged = gateway.log.filter(({ event }) => event === "audit");
    expect(logged.map(({ room, sequence }) => [room, sequence])).toContainEqual(["tax", 4]);
  });

  it("checks saved pages, by what the gateways' logs say too", async () => {
    const newest = await save("newest.json", "room=tax&limit=2");
    const older = await save("older.json", "room=tax&before=3");
    const lines = gateway.log.map((line) => `host sluse[7]: ${JSON.stringify(line)}`);
    writeFileSync(file("log"), lines.join("\n"));
    const pages = ["--file", newest, "--file", older, "--log", file("log")];
    const { code, out } = await verify(pages, { SLUSE_DATA: "" });
    expect([code, out]).toEqual([0, WHOLE.slice(0, WHOLE.indexOf("\n") + 1)]);
    const all = await save("all.json", "");
    expect((await verify(["--file", all, "--room", "vaccine"])).out).toMatch(/^vaccine: whole.*\n$/);
  });

  // PROTOCOL: `npm run audit:verify` finds one that was edited, deleted or put in another place: exit code 1
  it("finds what was changed in a saved page", async () => {
    const page = readFileSync(await save("page.json", "room=tax"), "utf8");
    const saved = async (name: string, text: string) => {
      writeFileSync(file(name), text);
      const { code, out } = await verify(["--file", file(name)], { SLUSE_DATA: "" });
      return [code, out];
    };
    const edited = page.replaceAll("to 3", "to 9");
    expect(await saved("edited.json", edited)).toEqual([1, expect.stringContaining("EDITED: entry 3")]);
    const shown = page.replace('"reason":"to 3"', '"reason":"to 9"');
    expect(await saved("shown.json", shown)).toEqual([1, expect.stringContaining("EDITED: entry 3")]);
    const { entries } = JSON.parse(page);
    const cut = JSON.stringify({ entries: entries.toSpliced(1, 1) });
    expect(await saved("cut.json", cut)).toEqual([1, expect.stringContaining("MISSING: entry 3")]);
    const moved = JSON.stringify({ entries: [entries[0], entries[2], entries[1], entries[3]] });
    expect(await saved("moved.json", moved)).toEqual([1, expect.stringContaining("REORDERED: entry 3")]);
  });

  it("finds a last entry that was taken out of the store, and what a wiped store has lost", async () => {
    await tell("LPOP sluse:{tax}:audit");
    const { code, out } = await verify(["--room", "tax"], { SLUSE_ROOMS: "/none" });
    expect(code).toBe(1);
    expect(out).toBe(
      [
        "tax: NOT WHOLE: entries 1 to 3, 3 in all; 3 of 4 that gateways remember stand there unchanged",
        "tax: MISSING: entry 4 is not there, at the end",
        "tax: MISSING: entry 4 is not there, though a gateway saw entry 4",
        "",
      ].join("\n"),
    );
    await gateway.stop();
    rmSync(join(file("data"), "redis"), { recursive: true });
    expect(await verify()).toMatchObject({ code: 2, err: expect.stringContaining("no line is kept in") });
    gateway = await startGatewayProcess({ rooms, folder });
    await change("tax", 5);
    const lost = await verify(["--room", "tax"]);
    expect([lost.code, lost.out]).toEqual([1, expect.stringContaining("LOST: entries 1 to 4 are lost")]);
    expect((await verify(["--room", "tax", "--from", "6"])).code).toBe(0);
    const { entries } = await (await fetch(`${gateway.operatorUrl}/api/audit?room=tax`, { headers })).json();
    expect(entries.map(({ sequence, action }: Record<string, unknown>) => [sequence, action])).toEqual([
      [6, "change"],
      [5, "lost"],
    ]);
  });

  it("starts the store itself where no gateway runs, and says when it cannot be had", async () => {
    await gateway.stop();
    const stopped = await verify(["--room", "tax", "--from", "6"]);
    expect([stopped.code, stopped.out]).toEqual([0, expect.stringContaining("tax: whole: entries 6 to 6")]);
    const away = await verify([], { REDIS_URL: "redis://127.0.0.1:9" });
    expect(away).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("the store does not answer"),
    });
  });

  it.each([
    [["--rooms"], {}, "--rooms"],
    [["--from", "6"], {}, "with its --room"],
    [["--from", "x", "--room", "tax"], {}, '"x"'],
    [["--file", "/none.json"], {}, "/none.json"],
    [["--log", "/none.log"], {}, "/none.log"],
    [["--file", file("rooms.json")], {}, "is not what GET /api/audit answers"],
    [[], { REDIS_URL: "memory:" }, "by --file"],
    [[], { REDIS_URL: "mysql://x" }, "REDIS_URL"],
  ])("%j, %j: exit 2, and what is wrong", async (words, env, said) => {
    const { code, out, err } = await verify(words, env);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(said);
    expect(err).not.toMatch(/\bat .*:\d+:\d+/);
  });
});
