import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it, vi } from "vitest";
import { Spill } from "./spill.ts";

function readAll(spill: Spill, stepBytes: number): Buffer {
  const parts: Buffer[] = [];
  while (!spill.isEmpty) {
    const memory = Buffer.alloc(stepBytes);
    parts.push(memory.subarray(0, spill.read(memory)));
  }
  return Buffer.concat(parts);
}

it("gives bytes back in the order in which they came", () => {
  const spill = new Spill();
  expect(spill.isEmpty).toBe(true);
  spill.write(Buffer.from("one two "));
  const memory = Buffer.alloc(4);
  expect(spill.read(memory)).toBe(4);
  expect(memory.toString()).toBe("one ");
  spill.write(Buffer.from("three"));
  expect(readAll(spill, 3).toString()).toBe("two three");
  expect(spill.isEmpty).toBe(true);
  expect(spill.read(memory)).toBe(0);
  spill.write(Buffer.from("again"));
  expect(readAll(spill, 100).toString()).toBe("again");
  spill.close();
});

it("leaves no file with a name", async () => {
  const spill = new Spill();
  spill.write(Buffer.from("secret"));
  // Another test file's may have its name for an instant.
  await vi.waitUntil(() => !readdirSync(tmpdir()).some((name) => name.startsWith("sluse-body-")));
  spill.close();
  expect(() => spill.write(Buffer.from("x"))).toThrow();
});
