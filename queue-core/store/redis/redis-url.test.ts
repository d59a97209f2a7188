import { describe, expect, it } from "vitest";
import { parseRedisUrl } from "./redis-url.ts";

describe("REDIS_URL", () => {
  // PROTOCOL: REDIS_URL | `redis://`, `rediss://`,
  it("leaves a single server's URL as it is", () => {
    for (const url of ["redis://127.0.0.1:6379/2", "rediss://name:secret@example.dk", "redis://[::1]:6380"]) {
      expect(parseRedisUrl(url)).toEqual({ kind: "single", url });
    }
  });

  // PROTOCOL: `redis+sentinel://h:p,h:p/master-name`,
  it("reads Sentinels, the primary's name and its credentials", () => {
    expect(parseRedisUrl("redis+sentinel://a:26380,b,[::1]:5/my%20line")).toEqual({
      kind: "sentinel",
      sentinels: [
        { host: "a", port: 26_380 },
        { host: "b", port: 26_379 },
        { host: "::1", port: 5 },
      ],
      masterName: "my line",
    });
    expect(parseRedisUrl("redis+sentinel://me:p%40ss@a:1/line")).toMatchObject({
      username: "me",
      password: "p@ss",
    });
    expect(parseRedisUrl("redis+sentinel://:p@a:1/line")).toEqual({
      kind: "sentinel",
      sentinels: [{ host: "a", port: 1 }],
      masterName: "line",
      password: "p",
    });
  });

  // PROTOCOL: `redis+cluster://h:p,h:p`
  it("reads a cluster's nodes", () => {
    expect(parseRedisUrl("redis+cluster://10.0.0.1:7000,node-2:7001")).toEqual({
      kind: "cluster",
      nodes: [
        { host: "10.0.0.1", port: 7_000 },
        { host: "node-2", port: 7_001 },
      ],
    });
  });

  it.each([
    "",
    "localhost:6379",
    "http://a:1",
    "redis://",
    "redis://a:99999",
    "redis+sentinel://a:1",
    "redis+sentinel://a:1/",
    "redis+sentinel:///line",
    "redis+sentinel://a:1,/line",
    "redis+sentinel://a:1/line/2",
    "redis+sentinel://a:x/line",
    "redis+cluster://",
    "redis+cluster://a:1/0",
    "redis+cluster://secret@a:1",
    "redis+cluster://u:%zz@a:1",
  ])("refuses %s and says what is allowed", (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/allowed are redis:\/\//);
  });

  it("never repeats a password", () => {
    expect(() => parseRedisUrl("redis+cluster://me:hunter2@a:1/0")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });
});
