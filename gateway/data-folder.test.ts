import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { holdDataFolder, openDataFolder } from "./data-folder.ts";
import { SettingsError } from "./settings.ts";
import { testFolder } from "./testing/gateway-process.ts";

it("makes the folder with those above it, for its owner alone, and leaves nothing in it", () => {
  const path = join(testFolder(), "a", "b");
  openDataFolder(path);
  openDataFolder(path);
  expect(readdirSync(path)).toEqual([]);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

it.each([
  ["a file", "rooms.json", "a file, not a folder"],
  ["a folder in a file", "rooms.json/data", "a file, not a folder"],
  ["a place where none can be made", "/proc/sluse", "cannot be made there"],
  ["a folder in one that cannot be made", "/proc/sluse/data", "cannot be made there"],
])("says of %s why it cannot be used", (_, given, why) => {
  const folder = testFolder();
  writeFileSync(join(folder, "rooms.json"), "{}");
  const path = given.startsWith("/") ? given : join(folder, given);
  const line = `SLUSE_DATA: ${JSON.stringify(path)} (${why}); allowed: a folder to write to, or the name of one to make`;
  expect(() => openDataFolder(path)).toThrow(new SettingsError([line]));
  expect(existsSync(`${path}/`)).toBe(false);
});

it("tries that it can write to a folder that is there", () => {
  // The kernel's own, which nobody can write to, not even root.
  expect(() => openDataFolder("/proc")).toThrow(SettingsError);
});

it("is held by the first, until its process ends; another folder is another's", async () => {
  const [folder, other] = [testFolder(), testFolder()];
  expect(await holdDataFolder(folder)).toBe(true);
  expect(await holdDataFolder(join(folder, "."))).toBe(false);
  expect(await holdDataFolder(other)).toBe(true);
});
