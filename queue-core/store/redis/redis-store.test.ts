import { afterAll, beforeAll } from "vitest";
import { storeConformance } from "../conformance.ts";
import { type PrivateRedis, startTestRedis } from "./private-redis.ts";
import { redisStore } from "./redis-store.ts";

let redis: PrivateRedis;

beforeAll(async () => {
  redis = await startTestRedis();
});

afterAll(async () => {
  await redis.stop();
});

storeConformance("redis", async ({ now, runId }) =>
  redisStore({ connection: { kind: "socket", path: redis.socketPath }, now, runId }),
);
