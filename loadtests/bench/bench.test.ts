import { describe, expect, it } from "vitest";
import { runBench } from "./bench.ts";
import { runWrk } from "./wrk.ts";

describe("bench", () => {
  // PROTOCOL: `npm run bench`
  it("runs whole at its smallest size, without a failed request", { timeout: 120_000 }, async () => {
    const rows = await runBench({ seconds: 1, connections: 4, rounds: 1, warmUpSeconds: 1 });
    expect(rows.map(({ name }) => name)).toEqual([
      "bare reply",
      "status",
      "join",
      "waiting page",
      "proxied request",
    ]);
    for (const { name, requestsPerSecond, failures } of rows) {
      expect(requestsPerSecond, name).toBeGreaterThan(0);
      expect(failures, name).toBe(0);
    }
  });

  it("loads nothing but loopback", async () => {
    await expect(runWrk({ url: "http://192.0.2.1/" }, { seconds: 1, connections: 1 })).rejects.toThrow(
      "127.0.0.1",
    );
  });
});
