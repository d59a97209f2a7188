import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askRedis } from "./ask-redis.ts";
import { type PrivateRedis, startTestRedis } from "./private-redis.ts";

const SOURCE = readFileSync(new URL("lua/sha256.lua", import.meta.url), "utf8");
const SCRIPT = `${SOURCE}\nreturn sha256(ARGV[1])`;

let redis: PrivateRedis;

beforeAll(async () => {
  redis = await startTestRedis();
});

afterAll(() => redis.stop());

/** What the Lua makes of any bytes, and what it should. */
async function bothHashes(bytes: Uint8Array) {
  const reply = await askRedis({ path: redis.socketPath }, ["EVAL", SCRIPT, "0", bytes]);
  return { made: reply.split("\r\n")[1], right: createHash("sha256").update(bytes).digest("hex") };
}

describe("sha256.lua makes what node:crypto makes", () => {
  it("of every length around the edges of blocks", async () => {
    for (let length = 0; length <= 140; length += 1) {
      const { made, right } = await bothHashes(Buffer.alloc(length, 0x61 + (length % 26)));
      expect(made, `${length} bytes`).toBe(right);
    }
  });

  it("of any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
        const { made, right } = await bothHashes(bytes);
        expect(made).toBe(right);
      }),
    );
  });

  it("of more than any change can say", async () => {
    for (const bytes of [Buffer.alloc(65_536, "æ"), Buffer.alloc(70_000, 0xff)]) {
      const { made, right } = await bothHashes(bytes);
      expect(made).toBe(right);
    }
  });
});
