/** From the last release to this one, the two side by side, and back: nobody loses a place. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
  testFolder,
} from "../testing/gateway-process.ts";
import { askPrivateStore, keptLine } from "../testing/private-store.ts";
import { TestVisitor, until } from "../testing/visitor.ts";

interface Person {
  readonly room: string;
  readonly number: number;
  readonly ticket: string;
  readonly stands: string;
}

const LAST = new URL("last-release/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, LAST));
const { people, lines }: { people: Record<string, Person>; lines: Record<string, Room> } = JSON.parse(
  String(read("people.json")),
);
const { rooms } = JSON.parse(String(read("rooms.json")));
const scripts: Record<string, string> = JSON.parse(String(gunzipSync(read("scripts.json.gz"))));
const KEPT_BY_BOTH = ["generation", "issued", "serving", "sessions"] as const;

interface Room {
  readonly generation: number;
  readonly issued: number;
  readonly serving: number;
  readonly sessions: number;
  readonly settings: object;
  readonly state: { readonly auditHead: object; readonly registered: number; readonly alarm: string | null };
}

let folder: string;
let gateway: GatewayProcess;

beforeEach(async () => {
  folder = testFolder();
  const data = join(folder, "data");
  mkdirSync(join(data, "redis"), { recursive: true, mode: 0o700 });
  cpSync(new URL("appendonlydir", LAST), join(data, "redis", "appendonlydir"), { recursive: true });
  for (const name of ["floors.json", "audit-heads.json", "gateway-name"])
    cpSync(new URL(name, LAST), join(data, name));
  writeFileSync(join(data, "keys.json"), read("signing-keys.json"), { mode: 0o600 });
  await start();
});

afterEach(() => gateway.stop());

async function start(): Promise<void> {
  gateway = await startGatewayProcess({ rooms, folder, env: { SLUSE_PUBLIC_URL: "http://queue.example" } });
}

async function roomOf(id: string): Promise<Room> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  return (await (await fetch(`${gateway.operatorUrl}/api/rooms/${id}`, { headers })).json()) as Room;
}

async function change(id: string, settings: object): Promise<void> {
  const { status } = await fetch(`${gateway.operatorUrl}/api/rooms/${id}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    body: JSON.stringify(settings),
  });
  expect(status).toBe(200);
}

function visitorOf({ room, ticket }: Pick<Person, "room" | "ticket">): TestVisitor {
  const visitor = new TestVisitor(gateway.url, room);
  visitor.setCookie(`sluse_ticket_${room}`, ticket);
  return visitor;
}

/** Everybody who stands so comes back; what each is told. */
async function allWho(stands: string): Promise<{ person: Person; told: Record<string, unknown> }[]> {
  const those = Object.values(people).filter((person) => person.stands === stands);
  expect(those.length).toBeGreaterThan(0);
  return Promise.all(
    those.map(async (person) => {
      const told = await (await visitorOf(person).join()).json();
      return { person, told: told as Record<string, unknown> };
    }),
  );
}

async function expectEverybodyStands(): Promise<void> {
  for (const { person, told } of await allWho("waiting")) {
    expect(told).toMatchObject({ state: "waiting", number: person.number });
  }
  for (const { person, told } of [...(await allWho("called")), ...(await allWho("at the gate"))]) {
    expect(told).toMatchObject({ state: "called", number: person.number });
  }
  for (const { person, told } of await allWho("inside")) {
    expect(told).toMatchObject({ state: "admitted", number: person.number });
  }
}

/** A script of the last release, by a gateway of it that remembers nothing. */
function lastRelease(script: string, room: string, ...own: string[]): unknown[] {
  const names = "line seconds calls gate sessions fates forgetting gateways batches places:0 places:1";
  const keys = `${names} audit endings`.split(" ").map((name) => `sluse:{${room}}:${name}`);
  const noFloor = ["0", "0", "0", "0", ...Array.from({ length: 11 }, () => "")];
  const frame = ["", "", "a gateway of the last release", ...noFloor];
  const asked = ["EVAL", scripts[script] ?? "", String(keys.length), ...keys, ...frame, ...own];
  return askPrivateStore({ folder }, ...asked) as unknown[];
}

function lastReleaseRestores(room: string): void {
  const seed = ["1", "hold", "60", "0", "600", "1800", "600", "0", "null", "0", "0"];
  const [kind] = lastRelease("restore", room, ...seed, "", "", "0", "0".repeat(64), "{}");
  expect(kind).toBe("done");
}

/** Joins of newcomers by that gateway; the runs that it is told. */
function lastReleaseJoins(room: string, id: number, count: number): unknown {
  const jtis = Array.from({ length: count }, (_, i) => `${id}-${i}`.padEnd(22, "n")).join("");
  const [kind, result] = lastRelease("join", room, String(id), String(count), "22", jtis);
  expect(kind).toBe("done");
  return (result as unknown[])[0];
}

describe("an upgrade with people in line", () => {
  it("keeps every line, and who stands where", async () => {
    for (const [id, before] of Object.entries(lines)) {
      const now = await roomOf(id);
      for (const field of KEPT_BY_BOTH) expect(now[field]).toEqual(before[field]);
      expect(now.settings).toMatchObject(before.settings);
      expect(now.state.auditHead).toEqual(before.state.auditHead);
      expect(now.state.registered).toBe(before.state.registered);
      expect(now.state.alarm).toBeNull();
    }
    await expectEverybodyStands();
  });

  it("keeps what was left, and how often a call was extended", async () => {
    for (const { person, told } of await allWho("left")) {
      expect(told).toMatchObject({ state: "waiting" });
      expect(told.number).toBeGreaterThan(lines[person.room]?.issued ?? Number.NaN);
    }
    const extended = Object.values(people).find(({ stands }) => stands.startsWith("extended"));
    const visitor = visitorOf(extended ?? { room: "", ticket: "" });
    const answer = await visitor.fetch("/_sluse/rooms/tax/extend", { method: "POST" });
    expect(await answer.json()).toMatchObject({ state: "called", extensionsLeft: 8 });
  });

  it("lets in those at the gate, lowest first", async () => {
    const [first, second] = Object.values(people).filter(({ stands }) => stands === "at the gate");
    if (!first || !second) throw new Error("two stood at the gate");
    await change("tax", { mode: "queue" });
    await until("the lower one to be let in", async () => (await visitorOf(first).claim()).status === 200);
    await until("the other", async () => (await visitorOf(second).claim()).status === 200);
  });

  it("writes the line and the floors in this release's format", async () => {
    await change("tax", { capacity: 7 });
    expect(keptLine({ folder }, "tax").later).toMatchObject({ format: 1 });
    await gateway.stop();
    const floors = JSON.parse(readFileSync(join(folder, "data", "floors.json"), "utf8"));
    expect(floors.tax).toMatchObject({ format: 1, issued: 40, settings: { capacity: 7 } });
    expect(floors.vaccine).toMatchObject({ format: 1, issued: 20 });
  });
});

describe("a gateway of the last release beside one of this", () => {
  it("gives numbers in one order, and loses no place, no setting and no session", async () => {
    lastReleaseRestores("tax");
    expect(lastReleaseJoins("tax", 1, 3)).toBe("placed:3:41");
    const newcomer = new TestVisitor(gateway.url, "tax");
    expect(await (await newcomer.join()).json()).toMatchObject({ state: "waiting", number: 44 });
    await change("tax", { outflowPerMinute: 90 });
    expect(lastReleaseJoins("tax", 2, 2)).toBe("placed:2:45");
    expect(lastReleaseJoins("tax", 2, 2), "the same batch again").toBe("placed:2:45");
    expect(await (await new TestVisitor(gateway.url, "tax").join()).json()).toMatchObject({ number: 47 });
    const { settings } = await roomOf("tax");
    expect(settings).toMatchObject({ outflowPerMinute: 90, claimWindowSeconds: 86_400 });
    await expectEverybodyStands();
  });
});

describe("one step back", () => {
  it("finds the line as this release left it, and so does the next step forward", async () => {
    await new TestVisitor(gateway.url, "tax").join();
    await change("tax", { outflowPerMinute: 90 });
    const left = await roomOf("tax");
    // The store stays; the gateways are exchanged.
    await gateway.kill();
    lastReleaseRestores("tax");
    expect(lastReleaseJoins("tax", 1, 1)).toBe("placed:1:42");
    expect(keptLine({ folder }, "tax").later).toEqual({});
    await start();
    const now = await roomOf("tax");
    expect(now).toMatchObject({ generation: left.generation, issued: 42, serving: left.serving });
    expect(now.settings).toEqual(left.settings);
    expect(now.state.auditHead).toEqual(left.state.auditHead);
    await expectEverybodyStands();
  });
});
