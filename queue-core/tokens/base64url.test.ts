import fc from "fast-check";
import { expect, test } from "vitest";
import { isCanonicalBase64url, writeBase64url } from "./base64url.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

test("agrees with decoding and encoding again, for every text of up to three letters", () => {
  const letters = ["", ...alphabet];
  const texts = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
  const differing = texts.filter(
    (text) => isCanonicalBase64url(text) !== (Buffer.from(text, "base64url").toString("base64url") === text),
  );
  expect(texts.length).toBe(65 ** 3);
  expect(differing).toEqual([]);
});

test.each(["QQ==", "QUI=", "QQ ", "Q Q", "QQ\n", "QUJD\n", "QU+/", "QUJé", "QUJ.", "QUJ\0"])(
  "refuses %j, which lenient decoders take",
  (text) => {
    expect(isCanonicalBase64url(text)).toBe(false);
  },
);

test("bytes are written as a Buffer writes them, from where it is told to where it says", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 20 }), (bytes, start) => {
    const memory = Buffer.alloc(200, "!");
    const end = writeBase64url(Buffer.concat([bytes, Buffer.from("more")]), bytes.length, memory, start);
    expect(memory.toString("latin1", start, end)).toBe(Buffer.from(bytes).toString("base64url"));
    expect(memory.toString("latin1", 0, start)).toBe("!".repeat(start));
  });
  fc.assert(property);
});
