import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUSY, type Deployed, deploy, roomSeen } from "./deployment.ts";

let at: Deployed;

beforeAll(async () => {
  at = await deploy(
    {
      danish: { ...BUSY, name: { da: "Pas" }, message: { da: "Der er travlt." }, mode: "hold" },
      silent: { ...BUSY, message: { da: "Der er travlt.", en: "" }, mode: "hold" },
      closed: { ...BUSY, name: { en: "Passports" }, message: { en: "Back at nine." }, mode: "closed" },
    },
    { SLUSE_LANGUAGES: "en,da" },
  );
});

afterAll(() => at?.close());

/** What a page says, without its markup. */
async function page(path: string, headers: Record<string, string> = {}): Promise<string> {
  const room = path.split("/")[1] ?? "";
  return (await at.visitor(room).navigate(path, { headers })).text();
}

/** The page of a new ticket. */
async function placePage(room: string, lang: string): Promise<string> {
  const visitor = at.visitor(room);
  await visitor.join();
  return (await visitor.navigate(`/_sluse/rooms/${room}/wait?lang=${lang}`)).text();
}

// PROTOCOL: `?lang=` and `Accept-Language` take `de-AT` for `de`, and a weight of 0 for a refusal
describe("`?lang=` and `Accept-Language` take `de-AT` for `de`, and a weight of 0 for a refusal", () => {
  it.each([
    ["no wish: the first that is offered", "/danish", {}, "en"],
    ["a part of a language", "/danish", { "accept-language": "da-DK" }, "da"],
    ["a refusal", "/danish", { "accept-language": "en;q=0, *" }, "da"],
    ["another than the browser's", "/danish?lang=DA-dk", { "accept-language": "en" }, "da"],
  ])("%s", async (_, path, headers, lang) => {
    expect(await page(path, headers)).toContain(`<html lang="${lang}" dir="ltr">`);
  });

  it("each page links to the others, in their own words", async () => {
    expect(await page("/danish")).toContain(
      '<li><a href="?lang=da" lang="da" hreflang="da" dir="ltr">Dansk</a></li>',
    );
  });
});

// PROTOCOL: A text that is not given in a page's language is shown in the first of `SLUSE_LANGUAGES` that has one
describe("a text that is not given in a page's language is shown in the first that has one", () => {
  it("and a room without a name in it is said at the start", () => {
    const said = at.gateway.log.filter(({ event }) => event === "name-missing");
    expect(said).toMatchObject([
      { room: "danish", languages: ["en"] },
      { room: "closed", languages: ["da"] },
    ]);
  });

  it("names", async () => {
    expect(await page("/danish?lang=en")).toContain("<title>Waiting line - Pas</title>");
    expect(await page("/closed?lang=da")).toContain("<h1>Passports er lukket lige nu</h1>");
    const portal = await (await at.visitor("danish").navigate("/?lang=en")).text();
    expect(portal).toContain(">Pas</a>");
  });

  it("messages, which say their language", async () => {
    expect(await placePage("danish", "en")).toContain('<p class="words" lang="da">Der er travlt.</p>');
    expect(await placePage("danish", "da")).toContain('<p class="words">Der er travlt.</p>');
    expect(await page("/closed?lang=da")).toContain('<p class="words" lang="en">Back at nine.</p>');
  });
});

// PROTOCOL: A message whose text is empty is not shown in that language
it("a message whose text is empty is not shown in that language", async () => {
  expect(await placePage("silent", "en")).not.toContain("Der er travlt.");
  expect(await placePage("silent", "da")).toContain("Der er travlt.");
});

// PROTOCOL: A tag is that of a language that Sluse speaks, whether or not `SLUSE_LANGUAGES` offers it
// PROTOCOL: a room's `languages` are those offered
it("texts are answered as they were given, and a room's `languages` are those offered", async () => {
  expect(await roomSeen(at, "danish")).toMatchObject({ name: { da: "Pas" }, languages: ["en", "da"] });
  const status = await (await at.visitor("silent").status()).json();
  expect(status.message).toEqual({ da: "Der er travlt.", en: "" });
  const list = await (await at.visitor("danish").fetch("/_sluse/rooms")).json();
  expect(list.rooms.map(({ name }: { name: object }) => name)).toContainEqual({ en: "Passports" });
});
