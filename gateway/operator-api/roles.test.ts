import { describe, expect, it } from "vitest";
import { mayDo, ROLES } from "./roles.ts";

describe("a role", () => {
  it("may do what it takes itself, and what those before it may", () => {
    const allowed = ROLES.map((role) => ROLES.filter((least) => mayDo(role, least)));
    expect(allowed).toEqual([["viewer"], ["viewer", "operator"], ["viewer", "operator", "admin"]]);
  });
});
