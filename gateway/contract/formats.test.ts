/** What a later release has left is told apart, and left alone: one step back loses nothing. */
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
  testFolder,
} from "../testing/gateway-process.ts";
import { keepOfLine, keptLine } from "../testing/private-store.ts";
import { TestVisitor, until } from "../testing/visitor.ts";
import { expectProblem } from "./replies.ts";

const rooms = [
  {
    id: "tax",
    name: { da: "Skat", en: "Tax" },
    match: { host: "*", path: "/tax" },
    origin: "http://127.0.0.1:9",
    mode: "hold",
    outflowPerMinute: 60,
  },
];

let folder: string;
let gateway: GatewayProcess;

beforeEach(async () => {
  folder = testFolder();
  gateway = await startGatewayProcess({ rooms, folder });
});

afterEach(() => gateway.stop());

async function readiness(): Promise<{ status: number; body: { failing: Record<string, string>[] } }> {
  const answer = await fetch(`${gateway.operatorUrl}/readyz`);
  return { status: answer.status, body: (await answer.json()) as { failing: Record<string, string>[] } };
}

async function untilFailing(reason: RegExp): Promise<void> {
  await until("readyz to say so", async () => {
    const { status, body } = await readiness();
    return status === 503 && body.failing.some((one) => one.part === "line" && reason.test(one.reason ?? ""));
  });
}

async function joined(): Promise<{ visitor: TestVisitor; number: unknown }> {
  const visitor = new TestVisitor(gateway.url, "tax");
  const { number } = (await (await visitor.join()).json()) as { number: unknown };
  return { visitor, number };
}

describe("a line in a newer format", () => {
  // PROTOCOL: `/readyz` fails with the part `line` while a room is kept in a newer format than the release knows
  // PROTOCOL: (its `store` is then `newer`),
  it("is left alone, is said, and is gone on with once it can be", async () => {
    const { visitor, number } = await joined();
    keepOfLine(gateway, "tax", "format", 2);
    await untilFailing(/newer format/);
    const before = keptLine(gateway, "tax");
    await expectProblem(await new TestVisitor(gateway.url, "tax").join(), 503, "store-down");
    await expectProblem(await visitor.join(), 503, "store-down");
    const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    const room = () => fetch(`${gateway.operatorUrl}/api/rooms/tax`, { headers });
    expect(await (await room()).json()).toMatchObject({ state: { store: "newer" } });
    const body = JSON.stringify({ outflowPerMinute: 1 });
    const change = await fetch(`${gateway.operatorUrl}/api/rooms/tax`, { method: "PATCH", headers, body });
    expect(change.status).toBe(503);
    expect(keptLine(gateway, "tax")).toEqual(before);
    expect((await fetch(`${gateway.operatorUrl}/healthz`)).status).toBe(200);
    keepOfLine(gateway, "tax", "format", 1);
    await until("it to be ready", async () => (await readiness()).status === 200);
    expect(await (await visitor.join()).json()).toMatchObject({ number });
  });
});

describe("what a later release has added to a line of this format", () => {
  it("stays, whatever is done here", async () => {
    keepOfLine(gateway, "tax", "added_later", 7);
    const { visitor } = await joined();
    await visitor.leave();
    expect(keptLine(gateway, "tax").later).toMatchObject({ format: 1, added_later: 7 });
  });
});

describe("a floor of a newer format", () => {
  // PROTOCOL: or what the gateway remembers of it
  // PROTOCOL: nothing of either is changed
  it("is not believed, not overwritten, and said; other floors are written", async () => {
    await joined();
    await gateway.stop();
    const path = join(folder, "data", "floors.json");
    const { tax } = JSON.parse(readFileSync(path, "utf8"));
    const newer = { ...tax, format: 2, issued: 1_000_000 };
    const other = { ...tax, generation: 1, settings: { ...tax.settings, later: "kept" }, alsoLater: [1] };
    writeFileSync(path, JSON.stringify({ tax: newer, other }));
    const both = [...rooms, { ...rooms[0], id: "other", match: { host: "*", path: "/other" } }];
    gateway = await startGatewayProcess({ rooms: both, folder });
    await untilFailing(/data folder/);
    expect((await joined()).number).toBe(2);
    await gateway.stop();
    const kept = JSON.parse(readFileSync(path, "utf8"));
    expect(kept.tax).toEqual(newer);
    expect(kept.other).toMatchObject({ format: 1, settings: { later: "kept" }, alsoLater: [1] });
    expect(kept.other.issued).toBeGreaterThan(tax.issued);
  });

  it.each([
    ["nothing", "null"],
    ["something nested too deep", `{"deep":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
  ])("that is %s loses no other room's, and is said", async (_, odd) => {
    await joined();
    await gateway.stop();
    const path = join(folder, "data", "floors.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, `${text.slice(0, -1)},"odd":${odd}}`);
    gateway = await startGatewayProcess({ rooms, folder });
    expect(gateway.log.some(({ event }) => event === "floors-unreadable")).toBe(true);
    expect((await joined()).number).toBe(2);
    await gateway.stop();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ tax: { issued: 2 } });
  });

  it("that cannot be read at all is put aside, and said", async () => {
    await joined();
    await gateway.stop();
    writeFileSync(join(folder, "data", "floors.json"), '{"tax":');
    gateway = await startGatewayProcess({ rooms, folder });
    expect(gateway.log.some(({ event }) => event === "floors-unreadable")).toBe(true);
    expect(readFileSync(join(folder, "data", "floors.json.unreadable"), "utf8")).toBe('{"tax":');
    expect((await joined()).number).toBe(2);
  });
});

describe("a ticket of a newer format", () => {
  interface Jwk {
    readonly kty: string;
    readonly k: string;
  }

  /** The same ticket, signed anew by the deployment's own key, under another type. */
  function asSignedLater(ticket: string, typ: string): string {
    const { keys }: { keys: readonly Jwk[] } = JSON.parse(
      readFileSync(join(folder, "data", "keys.json"), "utf8"),
    );
    const secret = Buffer.from(keys.find(({ kty }) => kty === "oct")?.k ?? "", "base64url");
    const [header = "", claims = ""] = ticket.split(".");
    const known = JSON.parse(String(Buffer.from(header, "base64url")));
    const signed = `${Buffer.from(JSON.stringify({ ...known, typ })).toString("base64url")}.${claims}`;
    return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  }

  // PROTOCOL: A ticket that a later release has signed in a newer format is 503 `store-down` where it would be needed, and is never replaced
  it("keeps its place: nobody gets a new one for it", async () => {
    const { visitor } = await joined();
    const ticket = visitor.cookies.get("sluse_ticket_tax") ?? "";
    const later = asSignedLater(ticket, "sluse-ticket-2+jwt");
    visitor.setCookie("sluse_ticket_tax", later);
    const post = (path: string) => visitor.fetch(`/_sluse/rooms/tax/${path}`, { method: "POST" });
    for (const path of ["join", "claim", "extend", "leave"]) {
      await expectProblem(await post(path), 503, "store-down");
    }
    expect((await visitor.navigate("/_sluse/rooms/tax/wait")).status).toBe(503);
    expect(visitor.cookies.get("sluse_ticket_tax")).toBe(later);
    expect((await joined()).number).toBe(2);
  });

  it("is no newcomer's in a quiet room, to which the next one is let in", async () => {
    const { visitor } = await joined();
    const later = asSignedLater(visitor.cookies.get("sluse_ticket_tax") ?? "", "sluse-ticket-2+jwt");
    await visitor.leave();
    const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    const reset = JSON.stringify({ confirm: "tax" });
    await fetch(`${gateway.operatorUrl}/api/rooms/tax/reset`, { method: "POST", headers, body: reset });
    const body = JSON.stringify({ mode: "queue" });
    await fetch(`${gateway.operatorUrl}/api/rooms/tax`, { method: "PATCH", headers, body });
    visitor.setCookie("sluse_ticket_tax", later);
    const shown = await visitor.navigate("/tax");
    expect(shown.headers.getSetCookie()).toEqual([]);
    expect(await shown.text()).toContain("sluse");
    await expectProblem(await visitor.fetch("/tax"), 503, "must-wait");
    // Nobody serves there; who is let in is told so.
    expect((await new TestVisitor(gateway.url, "tax").navigate("/tax")).status).toBe(502);
  });

  it("is none where nobody here has signed it", async () => {
    const { visitor } = await joined();
    const ticket = visitor.cookies.get("sluse_ticket_tax") ?? "";
    const later = asSignedLater(ticket, "sluse-ticket-2+jwt");
    visitor.setCookie("sluse_ticket_tax", `${later.slice(0, later.lastIndexOf("."))}.${"A".repeat(43)}`);
    expect(await (await visitor.join()).json()).toMatchObject({ number: 2 });
  });
});
