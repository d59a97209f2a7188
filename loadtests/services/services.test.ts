import { afterEach, describe, expect, it } from "vitest";
import { chooseLanguage } from "./page.ts";
import type { RunningService } from "./site.ts";
import { startTaxService } from "./tax/service.ts";
import { readAmount } from "./tax/statement.ts";
import { startVaccineService } from "./vaccine/service.ts";

const running: RunningService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

async function open(service: Promise<RunningService>): Promise<Browser> {
  const started = await service;
  running.push(started);
  return new Browser(`http://127.0.0.1:${started.port}`);
}

/** One browser as far as these pages need it: cookies, forms, no redirects followed by itself. */
class Browser {
  readonly origin: string;
  readonly cookies = new Map<string, string>();
  constructor(origin: string) {
    this.origin = origin;
  }

  async go(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
    const response = await fetch(this.origin + path, {
      method: form ? "POST" : "GET",
      ...(form ? { body: new URLSearchParams(form) } : {}),
      redirect: "manual",
      headers: { Cookie: [...this.cookies].map((pair) => pair.join("=")).join("; "), ...headers },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
      this.cookies.set(name, value);
    }
    return {
      status: response.status,
      headers: response.headers,
      to: response.headers.get("Location"),
      text: await response.text(),
    };
  }
}

const anyPort = { port: 0, host: "127.0.0.1", carries: 100 };

describe("the tax site", () => {
  it("takes a person from the log-in to the receipt and out again", async () => {
    const browser = await open(startTaxService(anyPort));
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
    expect((await browser.go("/tax/statement")).to).toBe("/tax");
    expect(JSON.parse((await browser.go("/tax/health")).text)).toMatchObject({
      capacity: 100,
      state: "well",
      failedTotal: 0,
    });
  });

  it("keeps two people's changes apart", async () => {
    const first = await open(startTaxService(anyPort));
    const second = new Browser(first.origin);
    for (const browser of [first, second]) {
      await browser.go("/tax");
      await browser.go("/tax/login", { person: "noah" });
    }
    await first.go("/tax/deduction", { transport: "12345", unionFee: "0" });
    expect((await first.go("/tax/statement")).text).toContain("12.345");
    expect((await second.go("/tax/statement")).text).not.toContain("12.345");
  });

  it("says which amount is wrong, and escapes what was typed", async () => {
    const browser = await open(startTaxService(anyPort));
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
    const browser = await open(startTaxService(anyPort));
    for (const path of ["/", "/taxes", "/tax/nothing", "/vaccine"])
      expect((await browser.go(path)).status).toBe(404);
  });

  it("falls over under too many, loses its visits, and comes back", async () => {
    let aheadMs = 0;
    const now = () => performance.now() + aheadMs;
    const browser = await open(startTaxService({ ...anyPort, carries: 5, now }));
    await browser.go("/tax");
    await browser.go("/tax/login", { person: "asta" });
    const crowd = Array.from({ length: 60 }, () => new Browser(browser.origin));
    const statuses = await Promise.all(crowd.map(async (one) => (await one.go("/tax")).status));
    expect(statuses).toContain(503);
    expect(JSON.parse((await browser.go("/tax/health")).text)).toMatchObject({ state: "down", inside: 0 });
    const refused = await browser.go("/tax/statement");
    expect(refused.status).toBe(503);
    expect(refused.text).toContain("Tjenesten er gået ned");
    aheadMs = 6_000;
    expect((await browser.go("/tax/statement")).to).toBe("/tax");
    expect(JSON.parse((await browser.go("/tax/health")).text)).toMatchObject({ state: "well", inside: 1 });
  });
});

describe("the vaccination booking", () => {
  it("books a seat once, and shows it again", async () => {
    const browser = await open(startVaccineService(anyPort));
    expect((await browser.go("/vaccine?lang=en")).text).toContain("Where do you want to be vaccinated?");
    expect((await browser.go("/vaccine/times?centre=skolen")).text).toContain("Birkeskolen");
    expect((await browser.go("/vaccine/book", { centre: "skolen", time: "11:00" })).to).toBe(
      "/vaccine/confirmation",
    );
    expect((await browser.go("/vaccine/book", { centre: "havnen", time: "09:00" })).to).toBe(
      "/vaccine/confirmation",
    );
    const confirmation = await browser.go("/vaccine/confirmation");
    expect(confirmation.text).toContain("Birkeskolen");
    expect(confirmation.text).toContain("11:00");
    expect((await browser.go("/vaccine/finish", {})).headers.get("Sluse-Command")).toBe("end-session");
  });

  it("gives each seat once and says when all are taken", async () => {
    const origin = (await open(startVaccineService({ ...anyPort, seatsPerTime: 1 }))).origin;
    const book = async (centre: string, time: string) => {
      const browser = new Browser(origin);
      await browser.go("/vaccine");
      return (await browser.go("/vaccine/book", { centre, time })).to;
    };
    expect(await book("skolen", "09:00")).toBe("/vaccine/confirmation");
    expect(await book("skolen", "09:00")).toBe("/vaccine/times?centre=skolen&taken=1");
    for (const centre of ["havnen", "skolen", "hallen", "biblioteket"]) {
      for (const time of ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"]) await book(centre, time);
    }
    expect(await book("hallen", "15:00")).toBe("/vaccine/full");
    expect((await new Browser(origin).go("/vaccine")).text).toContain("Alle tider er taget");
  });
});

describe("language and amounts", () => {
  it("prefers what was asked, then what was chosen, then what the browser speaks, then Danish", () => {
    expect(chooseLanguage("en", "da", "da")).toBe("en");
    expect(chooseLanguage("fr", "en", "da")).toBe("en");
    expect(chooseLanguage(null, undefined, "fr, da;q=0.5, en-GB;q=0.8")).toBe("en");
    expect(chooseLanguage(null, undefined, "en;q=0, fr")).toBe("da");
    expect(chooseLanguage(null, undefined, undefined)).toBe("da");
  });

  it("reads amounts as people write them", () => {
    expect(["9450", " 9.450 ", "9 450", "0", "200.000"].map(readAmount)).toEqual([
      9450, 9450, 9450, 0, 200_000,
    ]);
    expect(["", "-1", "200001", "12a", "1e3"].map(readAmount)).toEqual(Array(5).fill(undefined));
  });
});
