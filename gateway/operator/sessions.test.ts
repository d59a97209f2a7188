import { beforeEach, expect, it } from "vitest";
import type { Operator } from "./roles.ts";
import { SESSION_IDLE_MS, SESSION_MOST_MS, Sessions } from "./sessions.ts";

const ANNA: Operator = { name: "Anna", role: "operator" };
let nowMs: number;
let sessions: Sessions;

beforeEach(() => {
  nowMs = 1_000_000;
  sessions = new Sessions(() => nowMs);
});

it("is found by its id alone", () => {
  const id = sessions.open(ANNA);
  expect(sessions.use(id)).toEqual({ operator: ANNA, endsAtMs: nowMs + SESSION_IDLE_MS });
  expect(sessions.use(`${id.slice(0, -1)}x`)).toBeNull();
  expect(sessions.open(ANNA)).not.toBe(id);
});

it("ends when it was not used for a quarter of an hour, and stays ended", () => {
  const id = sessions.open(ANNA);
  nowMs += SESSION_IDLE_MS - 1;
  expect(sessions.use(id)).not.toBeNull();
  nowMs += SESSION_IDLE_MS;
  expect(sessions.use(id)).toBeNull();
  nowMs -= SESSION_IDLE_MS;
  expect(sessions.use(id)).toBeNull();
});

it("ends after eight hours however much it is used, and says so beforehand", () => {
  const id = sessions.open(ANNA);
  const endsAtMs = nowMs + SESSION_MOST_MS;
  for (; nowMs < endsAtMs; nowMs += SESSION_IDLE_MS - 1) expect(sessions.use(id)).not.toBeNull();
  nowMs = endsAtMs - 1;
  expect(sessions.use(id)?.endsAtMs).toBe(endsAtMs);
  nowMs = endsAtMs;
  expect(sessions.use(id)).toBeNull();
});

it("ends at a log-out, and no other with it", () => {
  const [one, other] = [sessions.open(ANNA), sessions.open(ANNA)];
  sessions.end(one);
  expect([sessions.use(one), sessions.use(other)]).toEqual([
    null,
    expect.objectContaining({ operator: ANNA }),
  ]);
});

it("takes bounded room: of a thousand and one, the one that was used longest ago is gone", () => {
  const ids = Array.from({ length: 1_000 }, () => sessions.open(ANNA));
  const [first = "", second = ""] = ids;
  sessions.use(first);
  sessions.open(ANNA);
  expect(sessions.use(second)).toBeNull();
  expect(sessions.use(first)).not.toBeNull();
});
