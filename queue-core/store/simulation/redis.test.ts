import { afterAll, beforeAll, describe, it } from "vitest";
import { type PrivateRedis, startTestRedis } from "../redis/private-redis.ts";
import { redisSubject } from "./redis-subject.ts";
import { everything, expectKept, seeds, stepsOr, timeoutMs } from "./seeds.ts";
import { memorySubject } from "./subject.ts";

let redis: PrivateRedis;

beforeAll(async () => {
  redis = await startTestRedis();
});

afterAll(async () => {
  await redis.stop();
});

describe("the Redis store gives the model's replies, to the last digit", () => {
  for (const seed of seeds([11, 12])) {
    const steps = stepsOr(500);
    it(`seed ${seed}`, { timeout: timeoutMs(steps) }, async () => {
      const stores = [memorySubject, redisSubject(redis.socketPath)];
      await expectKept({ ...everything, seed, steps, stores });
    });
  }
});
