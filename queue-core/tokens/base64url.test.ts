import { expect, test } from "vitest";
import { isCanonicalBase64url } from "./base64url.ts";

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
