import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

/** What V8 says of `String.prototype` in a process that has imported this. */
function hasFastStrings(module: string): string {
  const program = `
    await import(${JSON.stringify(module)});
    process.stdout.write(String(new Function("return %HasFastProperties(String.prototype)")()));
  `;
  const args = ["--allow-natives-syntax", "--import", "tsx", "--input-type=module", "--eval", program];
  return execFileSync(process.execPath, args, { encoding: "utf8" });
}

it("ioredis takes the fast methods of strings away, and the store of Redis gives them back", () => {
  expect(hasFastStrings("ioredis")).toBe("false");
  expect(hasFastStrings(new URL("./redis-store.ts", import.meta.url).href)).toBe("true");
});
