import { once } from "node:events";
import { connect } from "node:net";
import { redisStore } from "../redis/redis-store.ts";
import type { Scripts } from "../redis/scripts.ts";
import type { OpenSubject } from "./subject.ts";

/** Copies every key of one database into another, which is emptied first. */
const copyKeys = (from: number, to: number) =>
  [
    `EVAL "redis.call('SELECT', ${to}) redis.call('FLUSHDB') redis.call('SELECT', ${from})`,
    `for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ${to}) end" 0`,
  ].join(" ");

/** One inline command whose reply is one line. */
async function tell(socketPath: string, command: string): Promise<void> {
  const socket = connect(socketPath);
  socket.write(`${command}\r\n`);
  const [reply] = await once(socket, "data");
  socket.destroy();
  if (String(reply).startsWith("-")) throw new Error(`redis: ${String(reply).trim()}`);
}

/**
 * The Redis store on a server of the test's own; its second database keeps what a roll back puts back. `scripts`: other
 * ones, to see that a wrong one is found out.
 */
export function redisSubject(socketPath: string, scripts?: Scripts): OpenSubject {
  return async (clock) => {
    await tell(socketPath, "FLUSHALL");
    return {
      name: "redis",
      store: redisStore({ connection: { kind: "socket", path: socketPath }, ...clock, scripts }),
      save: () => tell(socketPath, copyKeys(0, 1)),
      rollBack: () => tell(socketPath, copyKeys(1, 0)),
      wipe: () => tell(socketPath, "FLUSHDB"),
    };
  };
}
