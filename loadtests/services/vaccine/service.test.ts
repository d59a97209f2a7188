import { afterEach, describe, expect, it } from "vitest";
import { anyPort, Browser } from "../browser-for-tests.ts";
import type { RunningService } from "../site.ts";
import { startVaccineService } from "./service.ts";

const running: RunningService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

async function start(starting: Promise<RunningService>): Promise<RunningService> {
  const service = await starting;
  running.push(service);
  return service;
}

describe("the vaccination booking", () => {
  it("books a seat once, and shows it again", async () => {
    const browser = new Browser(await start(startVaccineService(anyPort)));
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

  it.each([
    ["da", "12 ledige pladser", "1 ledig plads", "2 ledige pladser", "Optaget"],
    ["en", "12 seats left", "1 seat left", "2 seats left", "Taken"],
  ])("says of what so many are left: %s", async (lang, atCentre, one, two, none) => {
    const service = await start(startVaccineService({ ...anyPort, seatsPerTime: 2 }));
    const said = async (path: string) =>
      [...(await new Browser(service).go(path)).text.matchAll(/<span class="more">([^<]*)</g)].map(
        (found) => found[1],
      );
    expect(await said(`/vaccine?lang=${lang}`)).toEqual([atCentre, atCentre, atCentre, atCentre]);
    for (const time of ["09:00", "10:00", "10:00"]) {
      const browser = new Browser(service);
      await browser.go("/vaccine");
      await browser.go("/vaccine/book", { centre: "skolen", time });
    }
    const atTimes = await said(`/vaccine/times?centre=skolen&lang=${lang}`);
    expect(atTimes).toEqual([one, none, two, two, two, two]);
  });

  it("gives each seat once and says when all are taken", async () => {
    const service = await start(startVaccineService({ ...anyPort, seatsPerTime: 1 }));
    const book = async (centre: string, time: string) => {
      const browser = new Browser(service);
      await browser.go("/vaccine");
      return (await browser.go("/vaccine/book", { centre, time })).to;
    };
    expect(await book("skolen", "09:00")).toBe("/vaccine/confirmation");
    expect(await book("skolen", "09:00")).toBe("/vaccine/times?centre=skolen&taken=1");
    for (const centre of ["havnen", "skolen", "hallen", "biblioteket"]) {
      for (const time of ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"]) await book(centre, time);
    }
    expect(await book("hallen", "15:00")).toBe("/vaccine/full");
    expect((await new Browser(service).go("/vaccine")).text).toContain("Alle tider er taget");
  });
});
