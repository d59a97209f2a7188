import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HmacSha256 } from "./hmac-sha256.ts";

const ascii = fc.string({ unit: "binary-ascii", maxLength: 300 });

function signed(mac: HmacSha256, text: string): string {
  return mac.sign(mac.text.write(text));
}

describe("HmacSha256", () => {
  it("is what node:crypto's createHmac gives, for every key and text, one after the other", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(ascii, { minLength: 1, maxLength: 5 }),
        (key, texts) => {
          const mac = new HmacSha256(key, 300);
          for (const text of texts) {
            expect(signed(mac, text)).toBe(createHmac("sha256", key).update(text).digest("base64url"));
          }
        },
      ),
    );
  });

  it("gives RFC 4231's test case 2", () => {
    const mac = signed(new HmacSha256(Buffer.from("Jefe"), 100), "what do ya want for nothing?");
    expect(Buffer.from(mac, "base64url").toString("hex")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });

  it("refuses a key or a text that is too long", () => {
    expect(() => new HmacSha256(new Uint8Array(65), 10)).toThrow("64 bytes");
    expect(() => new HmacSha256(new Uint8Array(32), 10).sign(11)).toThrow("10 bytes");
  });
});
