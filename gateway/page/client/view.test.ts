import { expect, test } from "vitest";
import { fallbackOrder, LANGUAGES, type LanguageTag } from "#languages";
import { statusDocument } from "../page-fixture.ts";
import { placeAtJoin } from "./place.ts";
import { formatsFor, type PageState, type Phase, viewOf } from "./view.ts";

const NOW_MS = Date.UTC(2026, 2, 9, 18, 4, 12);
const NAMES: Record<string, string> = { da: "Skat", en: "Tax" };

function view(part: Partial<PageState>, lang: LanguageTag = "en") {
  const state: PageState = {
    phase: "waiting",
    place: null,
    status: null,
    gate: null,
    trouble: false,
    stale: false,
    offline: false,
    callEndsAtMs: null,
    extensionsLeft: null,
    newPlaceBecause: null,
    ...part,
  };
  const { locale, pages } = LANGUAGES[lang];
  const name = NAMES[lang] ?? "";
  const page = {
    room: "tax",
    path: "/tax",
    name,
    locale,
    order: fallbackOrder(lang, ["da", "en"]),
    texts: pages,
  };
  return viewOf(state, page, formatsFor(locale, pages.wait.clock, "Europe/Copenhagen"), NOW_MS);
}

function inLine(ahead: number, part: Parameters<typeof statusDocument>[0] = {}): Partial<PageState> {
  const status = statusDocument({
    serving: 1_000,
    waits: [[5_000, 1_200, 1_500]],
    updatedAt: NOW_MS,
    ...part,
  });
  return { status, place: placeAtJoin(1_000 + ahead + 1, status, null) };
}

test("waiting in English: title, number, wait and time", () => {
  expect(view(inLine(1_234, { waits: [[1_234, 1_200, 1_500]] }))).toMatchObject({
    title: "1,234 ahead - Tax",
    heading: "You are in line for “Tax”",
    ahead: "1,234",
    wait: "The wait is about 20 to 25 minutes.",
    updated: "Updated at 19:04:12",
    progress: 0,
    safe: true,
    canLeave: true,
    trouble: null,
    action: null,
  });
});

test("waiting in Danish", () => {
  const shown = view(inLine(1_234, { waits: [[1_234, 1_200, 1_500]] }), "da");
  expect(shown).toMatchObject({
    title: "1.234 foran dig - Skat",
    heading: "Du er i kø til »Skat«",
    ahead: "1.234",
    wait: "Ventetiden er cirka 20 til 25 minutter.",
    updated: "Opdateret kl. 19.04.12",
  });
  expect(shown.spoken.full).toBe(
    "Du er i kø til »Skat«. Der er 1.234 foran dig. Ventetiden er cirka 20 til 25 minutter.",
  );
});

test("one ahead, nobody ahead", () => {
  expect(view(inLine(1)).spoken.brief).toContain("There is 1 person ahead of you.");
  const next = view(inLine(0));
  expect(next).toMatchObject({ title: "You are next - Tax", lead: "You are next.", ahead: "0" });
  expect(next.spoken.brief.match(/You are next/g)).toHaveLength(1);
});

test("a wait that is not known is said to be not known", () => {
  expect(view(inLine(9_999)).wait).toBe("The wait is not known yet.");
  expect(view(inLine(10, { waits: [] })).wait).toBe("The wait is not known yet.");
});

test("while a line that was lost is made sure of, the page says why nobody is let in; a pause says more", () => {
  const lead = (part: Parameters<typeof inLine>[1], lang?: "da") => view(inLine(10, part), lang).lead;
  expect(lead({ admitting: false, waits: [] })).toContain("Nobody is let in until then, and everybody keeps");
  expect(lead({ admitting: false, waits: [] }, "da")).toContain("Ingen bliver lukket ind så længe");
  expect(lead({ admitting: false, mode: "hold", waits: [] })).toContain("The line is paused.");
  expect(lead({ admitting: true })).toBeNull();
  expect(view(inLine(10, { admitting: false, waits: [] })).spoken.brief).toContain("After a fault");
  const band = (admitting: boolean) => view(inLine(10, { admitting, waits: [] })).spoken.band;
  expect(band(true)).not.toBe(band(false));
});

test("before opening: the time today, the date on another day", () => {
  const opens = (opensAt: number) => view(inLine(10, { mode: "hold", opensAt })).lead;
  expect(opens(Date.UTC(2026, 2, 9, 19, 0))).toBe("Tax opens at 20:00. You already have a place in line.");
  expect(opens(Date.UTC(2026, 2, 10, 6, 0))).toBe(
    "Tax opens on 10 March at 07:00. You already have a place in line.",
  );
  expect(opens(Date.UTC(2029, 2, 1, 6, 0))).toContain("Tax opens on 1 March 2029 at 07:00.");
  // This day of another year is not today.
  expect(opens(Date.UTC(2029, 2, 9, 19, 0))).toContain("Tax opens on 9 March 2029 at 20:00.");
  expect(opens(NOW_MS - 1)).toContain("The line is paused.");
  const danish = view(inLine(10, { mode: "hold", opensAt: Date.UTC(2026, 2, 10, 6, 0) }), "da").lead;
  expect(danish).toBe("Skat åbner den 10. marts kl. 07.00. Du har allerede en plads i køen.");
});

test("the call: title and heading say so; the polite region leaves it to the assertive one", () => {
  const called = view({ ...inLine(0), phase: "called" });
  expect(called).toMatchObject({
    title: "It is your turn - Tax",
    heading: "It is your turn",
    ahead: null,
    safe: false,
  });
  expect(called.spoken.full).not.toContain("your turn");
});

const order = { ahead: 1_940, waitSeconds: 500, returned: false, early: true };
const gate = (part: Partial<PageState> = {}) =>
  view({ ...inLine(0, { serving: 5_000, reached: 1_000 }), phase: "gate", gate: order, ...part });

test("at the gate: the order there, and nothing of a turn that has come", () => {
  const shown = gate();
  expect(shown).toMatchObject({
    title: "1,940 ahead - Tax",
    heading: "You are in line for “Tax”",
    ahead: "1,940",
    aheadSentence: "There are 1,940 people ahead of you.",
    kept: null,
    urgent: "",
    canLeave: true,
  });
  expect(shown.lead).toContain("It goes on by itself when it is your turn.");
  expect(shown.wait).toMatch(/^The wait is about 1 to 9 minutes\.$/);
  expect(shown.spoken.full).toContain("There are 1,940 people ahead of you.");
  expect(gate({ gate: { ...order, waitSeconds: null } }).wait).toBe("The wait is not known yet.");
  expect(gate({ gate: { ...order, ahead: 0 } })).toMatchObject({
    title: "You are next - Tax",
    lead: "You are next.",
  });
});

test("who is called early and does not stand at the gate sees the most who may go before", () => {
  const place = placeAtJoin(3_001, statusDocument({ serving: 5_000 }), null);
  expect(gate({ place, gate: null })).toMatchObject({ ahead: "2,000", title: "2,000 ahead - Tax" });
  expect(gate({ place, gate: null }).kept).toContain("Your turn is good for 10 minutes");
});

test("who was away when the turn came is told why others go before", () => {
  const returned = gate({ gate: { ...order, returned: true } });
  expect(returned.notice).toContain("Your turn came while you were away.");
  expect(returned.spoken.full).toContain(returned.notice);
  expect(returned.spoken.event).not.toBe(gate().spoken.event);
});

test("it is your turn is said aloud once the gate says so", () => {
  expect(view({ ...inLine(0), phase: "called" }).urgent).toBe("");
  const said = view({ ...inLine(0), phase: "called", gate: { ...order, ahead: 0 } }).urgent;
  expect(said).toBe("It is your turn. You are being sent on to “Tax” now.");
});

test.each<[Phase, string]>([
  ["missed", "Take a new place"],
  ["used", "Take a new place"],
  ["left", "Take a new place"],
  ["blocked", "Try again"],
  ["failed", "Try again"],
])("%s offers one button: %s", (phase, action) => {
  const shown = view({ phase });
  expect(shown).toMatchObject({ action, ahead: null, canLeave: false, safe: false });
  expect(shown.title).toBe(`${shown.heading} - Tax`);
});

const invited = (leftMs: number, part: Partial<PageState> = {}) =>
  view({ ...inLine(0), phase: "invited", callEndsAtMs: NOW_MS + leftMs, ...part });

test("who wants to be asked is told until when, and may ask for more time", () => {
  expect(invited(480_000)).toMatchObject({
    title: "It is your turn - Tax",
    lead: "You can go in to “Tax” now. Your turn is good until 19:12. Reloading this page lets you in too.",
    action: "Go in",
    canExtend: true,
    canLeave: true,
    trouble: null,
    urgent: "It is your turn for “Tax”. It is good until 19:12. Go in when you are ready.",
  });
  expect(invited(480_000).spoken.full).toBe("");
  expect(invited(600_000, { extensionsLeft: 9 }).lead).toContain("You have been given more time.");
  expect(invited(600_000, { extensionsLeft: 0 }).canExtend).toBe(false);
});

test("a call that ends soon is warned of: two minutes before, or in the last third of a short window", () => {
  const warning = "Your turn ends at 19:06. Go in, or ask for more time.";
  expect(invited(120_001).title).toBe("It is your turn - Tax");
  expect(invited(120_000)).toMatchObject({
    title: "Your turn ends soon - Tax",
    lead: null,
    trouble: warning,
    urgent: warning,
    action: "Go in",
  });
  expect(invited(120_000).spoken.brief).toBe("");
  expect(invited(120_000, { extensionsLeft: 0 }).trouble).toBe(
    "Your turn ends at 19:06. Go in now. You cannot have more time.",
  );
  const short = inLine(0, { claimWindowSeconds: 30 });
  expect(invited(10_001, short).title).toBe("It is your turn - Tax");
  expect(invited(10_000, short).title).toBe("Your turn ends soon - Tax");
});

test("a hidden page's title tells that the call ends soon", () => {
  const called = { ...inLine(0), phase: "called" } as const;
  expect(view({ ...called, callEndsAtMs: NOW_MS + 60_000 }).title).toBe("Your turn ends soon - Tax");
  expect(view(called).title).toBe("It is your turn - Tax");
});

test("how long a turn is kept is said while waiting, where the gateway says it", () => {
  expect(view(inLine(10)).kept).toBe("Your turn is good for 10 minutes from when it comes.");
  expect(view(inLine(10, { claimWindowSeconds: undefined })).kept).toBeNull();
});

test("offline is said at once to those who have a place", () => {
  expect(view({ ...inLine(10), offline: true }).trouble).toContain(
    "You are offline right now. Your place is safe",
  );
  expect(view({ phase: "joining", offline: true }).trouble).toBeNull();
});

test("trouble promises a place only to those who have one", () => {
  expect(view({ ...inLine(10), trouble: true }).trouble).toContain("Your place is safe");
  const joining = view({ phase: "joining", trouble: true });
  expect(joining.trouble).not.toContain("safe");
  expect(joining.trouble).toContain("leave this page open");
});

test("old numbers say from when they are", () => {
  expect(view({ ...inLine(10), stale: true }).trouble).toContain("These numbers are from 19:04:12.");
  expect(view({ ...inLine(10), stale: true }).wait).toBe("The wait is not known yet.");
  expect(view({ ...inLine(10), stale: true, phase: "called" }).trouble).toBeNull();
});

test("the operator's message is shown in the page's language and is an event", () => {
  const message = { da: "Vi har travlt.", en: "We are busy." };
  const shown = view(inLine(10, { message, messageRevision: 2 }));
  expect(shown.message).toEqual({ lang: "en", text: "We are busy." });
  expect(shown.spoken.full).toMatch(/We are busy\.$/);
  expect(shown.spoken.brief).not.toContain("busy");
  expect(shown.spoken.event).not.toBe(view(inLine(10)).spoken.event);
  expect(view(inLine(10, { message }), "da").message?.text).toBe("Vi har travlt.");
  // Said in another language alone it is better than nothing; emptied, it is meant to be silent.
  expect(view(inLine(10, { message: { da: "Vi har travlt." } })).message?.lang).toBe("da");
  expect(view(inLine(10, { message: { da: "Vi har travlt.", en: "" } })).message).toBeNull();
});

test("a new place says why", () => {
  expect(view({ ...inLine(10), newPlaceBecause: "reset" }).notice).toContain("started the line over");
  expect(view({ ...inLine(10), newPlaceBecause: "lost" }).notice).toContain("no longer had your old place");
});

test("closed: the place is kept only where there is one", () => {
  expect(view({ ...inLine(10), phase: "closed" })).toMatchObject({
    heading: "Tax is closed right now",
    canLeave: true,
  });
  expect(view({ ...inLine(10), phase: "closed" }).lead).toContain("Your place is kept");
  expect(view({ phase: "closed" })).toMatchObject({ canLeave: false });
  expect(view({ phase: "closed" }).lead).not.toContain("kept");
});

test("the spoken band changes with the wait's order of size, not with every minute", () => {
  const band = (minutes: number) => view(inLine(10, { waits: [[10, 0, minutes * 60]] })).spoken.band;
  expect(band(22)).toBe(band(28));
  expect(band(22)).not.toBe(band(31));
  expect(band(4)).not.toBe(band(6));
});
