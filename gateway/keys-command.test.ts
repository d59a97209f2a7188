import { execFile } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "./testing/gateway-process.ts";
import { argumentsFor } from "./testing/programs.ts";

const COMMAND = argumentsFor("keys");

/** `npm run keys -- words`, in a folder of its own. */
function keys(folder: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, SLUSE_DATA: join(folder, "data") };
  return new Promise((done) => {
    execFile(process.execPath, [...COMMAND, ...words], { env }, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

describe("npm run keys", () => {
  // PROTOCOL: `npm run keys` (write signing keys)
  it("writes a secret file once, and adds to it", async () => {
    const folder = testFolder();
    const path = join(folder, "data", "keys.json");
    expect(await keys(folder)).toEqual({ code: 0, out: `${path}: written (mode 600)\n`, err: "" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const first = JSON.parse(readFileSync(path, "utf8"));
    const again = await keys(folder);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("--rotate adds new keys") });
    expect((await keys(folder, "--rotate")).out).toMatch(/new keys added; they sign from 2/);
    const { keys: all } = JSON.parse(readFileSync(path, "utf8"));
    expect(all.length).toBeGreaterThan(first.keys.length);
  });

  it("says how it is used", async () => {
    const { code, out, err } = await keys(testFolder(), "--help");
    expect([code, err]).toEqual([0, ""]);
    for (const word of ["--rotate", "--file PATH", "SLUSE_KEYS"]) expect(out).toContain(word);
  });

  it.each([
    [["--rotat"], "--rotat"],
    [["mine.json"], "did you mean --file mine.json?"],
    [["--file"], "--file"],
    [["--file", ""], "--file: nothing was given"],
    [["--file", "/proc/sluse/keys.json"], "/proc/sluse"],
    [["--rotate", "--file", "nothing.json"], "nothing.json"],
  ])("%j: exit 2, and what is wrong", async (words, said) => {
    const { code, out, err } = await keys(testFolder(), ...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(said);
    expect(err).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it("says what is wrong with a folder that is a file", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "data"), "");
    const { code, err } = await keys(folder);
    expect(code).toBe(2);
    expect(err).toMatch(/^[^\n]*data[^\n]*\n$/);
  });
});
