import { afterEach, describe, expect, it } from "vitest";
import { anyPort, Browser } from "../browser-for-tests.ts";
import type { RunningService } from "../site.ts";
import { startTaxService } from "./service.ts";
import { readAmount } from "./statement.ts";

const running: RunningService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

async function start(starting: Promise<RunningService>): Promise<RunningService> {
  const service = await starting;
  running.push(service);
  return service;
}

describe("the tax site", () => {
  it("takes a person from the log-in to the receipt and out again", async () => {
    const browser = new Browser(await start(startTaxService(anyPort)));
    expect((await browser.go("/tax")).text).toContain("<h1>Se din årsopgørelse</h1>");
    expect((await browser.go("/tax/login", { person: "asta" })).to).toBe("/tax/statement");
    const before = await browser.go("/tax/statement");
    expect(before.text).toContain("Asta Holm");
    expect(before.text).toContain("10.091 kr.");
    expect((await browser.go("/tax/deduction", { transport: "20.000", unionFee: "5520" })).to).toBe(
      "/tax/statement",
    );
    expect((await browser.go("/tax/statement")).text).toContain("13.994 kr.");
    expect((await browser.go("/tax/submit", {})).to).toBe("/tax/receipt");
    expect((await browser.go("/tax/receipt")).text).toContain("Tak, vi har modtaget din godkendelse");
    const out = await browser.go("/tax/logout", {});
    expect(out.headers.get("Sluse-Command")).toBe("end-session");
    expect((await browser.go("/tax/statement")).to).toBe("/tax?to=/statement");
    expect(JSON.parse((await browser.go("/tax/health")).text)).toMatchObject({
      capacity: 100,
      state: "well",
      failedTotal: 0,
    });
  });

  it("leads on, after the log-in, to the page that was asked for, and nowhere else", async () => {
    const browser = new Browser(await start(startTaxService(anyPort)));
    expect((await browser.go("/tax/deduction")).to).toBe("/tax?to=/deduction");
    expect((await browser.go("/tax?to=/deduction")).text).toContain('name="to" value="/deduction"');
    expect((await browser.go("/tax?to=//elsewhere.example")).text).toContain('name="to" value="/statement"');
    for (const [to, led] of [
      ["/deduction", "/tax/deduction"],
      ["//elsewhere.example", "/tax/statement"],
    ] as const)
      expect((await browser.go("/tax/login", { person: "asta", to })).to).toBe(led);
  });

  it("speaks the language that was chosen on the waiting page, and keeps one that is chosen here", async () => {
    const service = await start(startTaxService(anyPort));
    const english = '<html lang="en">';
    const danish = { "Accept-Language": "da" };
    const behindSluse = new Browser(service);
    expect((await behindSluse.go("/tax", undefined, { ...danish, "Sluse-Language": "en" })).text).toContain(
      english,
    );
    const withoutSluse = new Browser(service);
    withoutSluse.cookies.set("sluse_lang", "en");
    expect((await withoutSluse.go("/tax", undefined, danish)).text).toContain(english);
    expect((await withoutSluse.go("/tax?lang=da", undefined, danish)).text).toContain('<html lang="da">');
    expect(withoutSluse.cookies.get("sluse_lang")).toBe("da");
    const deep = new Browser(service);
    expect((await deep.go("/tax/statement?lang=en", undefined, danish)).to).toBe("/tax?to=/statement");
    expect((await deep.go("/tax?to=/statement", undefined, danish)).text).toContain(english);
  });

  it("keeps two people's changes apart", async () => {
    const service = await start(startTaxService(anyPort));
    const first = new Browser(service);
    const second = new Browser(service);
    for (const browser of [first, second]) {
      await browser.go("/tax");
      await browser.go("/tax/login", { person: "noah" });
    }
    await first.go("/tax/deduction", { transport: "12345", unionFee: "0" });
    expect((await first.go("/tax/statement")).text).toContain("12.345");
    expect((await second.go("/tax/statement")).text).not.toContain("12.345");
  });

  it("says which amount is wrong, and escapes what was typed", async () => {
    const browser = new Browser(await start(startTaxService(anyPort)));
    await browser.go("/tax");
    await browser.go("/tax/login", { person: "ella" });
    const reply = await browser.go(
      "/tax/deduction",
      { transport: '"><b>x', unionFee: "0" },
      { "Accept-Language": "en" },
    );
    expect(reply.status).toBe(422);
    expect(reply.text).toContain('value="&quot;&gt;&lt;b&gt;x"');
    expect(reply.text.match(/aria-invalid/g)).toHaveLength(2);
    expect(reply.text).toContain("Write a whole amount from 0 to 200,000.");
  });

  it("answers for nothing but its own path", async () => {
    const browser = new Browser(await start(startTaxService(anyPort)));
    for (const path of ["/", "/taxes", "/tax/nothing", "/vaccine"])
      expect((await browser.go(path)).status).toBe(404);
  });

  it("falls over under too many, loses its visits, and comes back", async () => {
    let aheadMs = 0;
    const now = () => performance.now() + aheadMs;
    const service = await start(startTaxService({ ...anyPort, carries: 5, now }));
    const browser = new Browser(service);
    await browser.go("/tax");
    await browser.go("/tax/login", { person: "asta" });
    const crowd = Array.from({ length: 60 }, () => new Browser(service));
    const statuses = await Promise.all(crowd.map(async (one) => (await one.go("/tax")).status));
    expect(statuses).toContain(503);
    expect(JSON.parse((await browser.go("/tax/health")).text)).toMatchObject({ state: "down", inside: 0 });
    const refused = await browser.go("/tax/statement");
    expect(refused.status).toBe(503);
    expect(refused.text).toContain("Tjenesten er gået ned");
    aheadMs = 6_000;
    expect((await browser.go("/tax/statement")).to).toBe("/tax?to=/statement");
    expect(JSON.parse((await browser.go("/tax/health")).text)).toMatchObject({ state: "well", inside: 1 });
  });
});

describe("amounts", () => {
  it("reads amounts as people write them", () => {
    expect(["9450", " 9.450 ", "9 450", "0", "200.000"].map(readAmount)).toEqual([
      9450, 9450, 9450, 0, 200_000,
    ]);
    expect(["", "-1", "200001", "12a", "1e3"].map(readAmount)).toEqual(Array(5).fill(undefined));
  });
});
