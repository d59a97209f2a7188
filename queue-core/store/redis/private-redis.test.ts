import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  findRedisServer,
  type PrivateRedis,
  type PrivateRedisEvent,
  type PrivateRedisOptions,
  restartDelayMs,
  startPrivateRedis,
  startTestRedis,
} from "./private-redis.ts";

let folder: string;
let running: PrivateRedis[];
let processes: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluse-test-"));
  running = [];
  processes = [];
});

afterEach(async () => {
  await Promise.all(running.map((redis) => redis.stop()));
  for (const child of processes) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<PrivateRedisOptions> = {}): Promise<PrivateRedis> {
  const redis = await startPrivateRedis({ folder, appendOnly: true, ...options });
  running.push(redis);
  return redis;
}

/** One inline command; everything the server sent until it fell silent after a complete line. */
async function say(socketPath: string, command: string): Promise<string> {
  const socket = connect(socketPath);
  socket.write(`${command}\r\n`);
  const [reply] = await once(socket, "data");
  socket.destroy();
  return String(reply).trim();
}

/** A process of its own that starts the same private Redis and prints its pid. */
async function otherProcess(more = ""): Promise<{ child: ChildProcess; redisPid: number }> {
  const script = `
    import { startPrivateRedis } from ${JSON.stringify(join(import.meta.dirname, "private-redis.ts"))};
    const redis = await startPrivateRedis({ folder: ${JSON.stringify(folder)}, appendOnly: true });
    console.log(redis.pid);
    ${more}`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  processes.push(child);
  const [line] = await once(child.stdout, "data");
  return { child, redisPid: Number(String(line)) };
}

/** Whether a server answers; a zombie does not. */
async function answers(socketPath: string): Promise<boolean> {
  return (await say(socketPath, "PING").catch(() => "")) === "+PONG";
}

describe("a private Redis", () => {
  // PROTOCOL: `SLUSE_DATA` (append-only file)
  it("answers on a socket that only we may enter, keeps every write, and forgets none in silence", async () => {
    const redis = await start();
    expect(await say(redis.socketPath, "PING")).toBe("+PONG");
    expect(statSync(join(folder, "redis")).mode & 0o777).toBe(0o700);
    expect(statSync(redis.socketPath).mode & 0o777).toBe(0o700);
    expect(await say(redis.socketPath, "CONFIG GET appendonly")).toContain("yes");
    expect(await say(redis.socketPath, "CONFIG GET appendfsync")).toContain("always");
    expect(await say(redis.socketPath, "CONFIG GET maxmemory-policy")).toContain("noeviction");
    expect(await say(redis.socketPath, "CONFIG GET port")).toMatch(/\r\n0$/);
  });

  it("ends at stop, and has the data again at the next start", async () => {
    const first = await start();
    await say(first.socketPath, "SET number 42");
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(await answers(first.socketPath)).toBe(false);

    const second = await start();
    expect(second.reused).toBe(false);
    expect(await say(second.socketPath, "GET number")).toContain("42");
  });

  it("says how it ended when nobody asked for it", async () => {
    const redis = await start();
    process.kill(redis.pid, "SIGKILL");
    expect(await redis.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("comes back with its data after kill -9 where restart is on, again and again", async () => {
    const events: PrivateRedisEvent[] = [];
    const redis = await start({ restart: true, onEvent: (event) => events.push(event) });
    await say(redis.socketPath, "SET number 42");
    for (const round of [1, 2]) {
      const killed = redis.pid;
      process.kill(killed, "SIGKILL");
      await vi.waitFor(() => expect(events.length).toBe(round * 2), { timeout: 10_000 });
      expect(redis.pid).not.toBe(killed);
      expect(await say(redis.socketPath, "GET number")).toContain("42");
    }
    expect(events.map((event) => event.event)).toEqual(["exited", "restarted", "exited", "restarted"]);
    expect(events[0]).toMatchObject({ signal: "SIGKILL", restartInMs: 100 });
    expect(events[2]).toMatchObject({ restartInMs: 200 });
  });

  it("tells of failed restarts and goes on trying", async () => {
    const events: PrivateRedisEvent[] = [];
    const redis = await start({ restart: true, onEvent: (event) => events.push(event) });
    // Redis finds a folder where its list of append-only files should be.
    const manifest = join(folder, "redis/appendonlydir/appendonly.aof.manifest");
    const content = readFileSync(manifest);
    rmSync(manifest);
    mkdirSync(manifest);
    process.kill(redis.pid, "SIGKILL");
    await vi.waitFor(() => expect(events.at(-1)?.event).toBe("restart-failed"), { timeout: 10_000 });
    rmSync(manifest, { recursive: true });
    writeFileSync(manifest, content);
    await vi.waitFor(() => expect(events.at(-1)?.event).toBe("restarted"), { timeout: 10_000 });
    expect(await answers(redis.socketPath)).toBe(true);
  });

  it("stays stopped when stopped between an exit and the restart", async () => {
    const redis = await start({
      restart: true,
      onEvent: (event) => {
        if (event.event === "exited") void redis.stop();
      },
    });
    process.kill(redis.pid, "SIGKILL");
    expect(await redis.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(await answers(redis.socketPath)).toBe(false);
  });

  it("waits longer after each failure, up to five seconds", () => {
    expect([0, 1, 2, 5, 6, 50].map(restartDelayMs)).toEqual([100, 200, 400, 3200, 5000, 5000]);
  });

  it("listens elsewhere when the folder's path is too long for a socket, and is found there again", async () => {
    const long = join(folder, "a-long-name-".repeat(9));
    const lines: string[] = [];
    const first = await start({ folder: long, log: (line) => lines.push(line) });
    expect(Buffer.byteLength(first.socketPath)).toBeLessThanOrEqual(107);
    expect(first.socketPath.startsWith(long)).toBe(false);
    expect(lines.join()).toContain(first.socketPath);
    expect(existsSync(join(long, "redis/appendonlydir"))).toBe(true);

    const second = await start({ folder: long });
    expect(second).toMatchObject({ socketPath: first.socketPath, pid: first.pid, reused: true });
    await first.stop();
    rmSync(join(first.socketPath, ".."), { recursive: true });
  });
});

describe("two processes and one folder", () => {
  it("takes over the Redis of a gateway that was killed hard, and ends it in the end", async () => {
    const { child, redisPid } = await otherProcess("await redis.exited; setInterval(() => {}, 1000);");
    child.kill("SIGKILL");
    await once(child, "exit");
    const lines: string[] = [];
    const redis = await start({ log: (line) => lines.push(line) });
    expect(redis).toMatchObject({ pid: redisPid, reused: true });
    expect(lines.join()).toContain(`pid ${redisPid}`);
    await redis.stop();
    expect(await answers(redis.socketPath)).toBe(false);
  });

  it("lets go of a Redis that a living process owns", async () => {
    const owner = await start();
    // Somebody else's, by the note; this process plays both parts, and its own pid is alive.
    const guest = await start();
    expect(guest).toMatchObject({ pid: owner.pid, reused: true });
    await guest.stop();
    expect(await answers(owner.socketPath)).toBe(true);
  });

  it("starts one Redis for those who come at the same time", async () => {
    const all = await Promise.all([start(), start(), start()]);
    expect(new Set(all.map((redis) => redis.pid)).size).toBe(1);
    expect(all.filter((redis) => !redis.reused)).toHaveLength(1);
  });

  it.each([
    ["ends by itself", "", undefined],
    ["calls process.exit", "process.exit(0);", undefined],
    ["gets SIGTERM", "setInterval(() => {}, 1000);", "SIGTERM"],
    ["gets SIGINT", "setInterval(() => {}, 1000);", "SIGINT"],
  ] as const)("ends Redis with the process that %s", async (_how, more, signal) => {
    const { child } = await otherProcess(more);
    const gone = once(child, "exit");
    if (signal) child.kill(signal);
    expect(await gone).toEqual(signal ? [null, signal] : [0, null]);
    await vi.waitFor(async () => expect(await answers(join(folder, "redis/redis.sock"))).toBe(false), {
      timeout: 10_000,
    });
  });
});

describe("what cannot work is said", () => {
  it("without redis-server", async () => {
    expect(findRedisServer("")).toBeNull();
    expect(findRedisServer(folder)).toBeNull();
    await expect(start({ redisServer: findRedisServer(folder) })).rejects.toMatchObject({
      code: "redis-not-installed",
      message: expect.stringContaining("apt-get install redis-server"),
    });
  });

  it("with a folder that is a file", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(start({ folder: join(folder, "file") })).rejects.toMatchObject({
      code: "redis-folder-unusable",
      message: expect.stringContaining("SLUSE_DATA"),
    });
  });

  it("with the words of Redis when it does not start", async () => {
    await expect(start({ settings: { appendfsync: "sometimes" } })).rejects.toMatchObject({
      code: "redis-start-failed",
      message: expect.stringContaining("sometimes"),
    });
  });

  it("with a stranger on our socket", async () => {
    mkdirSync(join(folder, "redis"));
    const socketPath = join(folder, "redis/redis.sock");
    const stranger = createServer((socket) => socket.on("data", () => socket.write("-ERR who are you\r\n")));
    await new Promise<void>((done) => stranger.listen(socketPath, done));
    await expect(start()).rejects.toMatchObject({ code: "redis-socket-taken" });
    await new Promise((done) => stranger.close(done));
  });
});

describe("a test Redis", () => {
  it("is empty, of its own, and leaves nothing behind", async () => {
    const [one, two] = await Promise.all([startTestRedis(), startTestRedis()]);
    expect(one.pid).not.toBe(two.pid);
    expect(await say(one.socketPath, "DBSIZE")).toBe(":0");
    expect(await say(one.socketPath, "CONFIG GET appendonly")).toContain("no");
    await Promise.all([one.stop(), two.stop()]);
    await vi.waitFor(() => expect(existsSync(join(one.socketPath, "../.."))).toBe(false));
  });

  it("ends with a process that is killed hard", async () => {
    const script = `
      import { startTestRedis } from ${JSON.stringify(join(import.meta.dirname, "private-redis.ts"))};
      console.log((await startTestRedis()).socketPath);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    processes.push(child);
    const [line] = await once(child.stdout, "data");
    const socketPath = String(line).trim();
    expect(await answers(socketPath)).toBe(true);
    child.kill("SIGKILL");
    await vi.waitFor(async () => expect(await answers(socketPath)).toBe(false), { timeout: 10_000 });
    rmSync(join(socketPath, "../.."), { recursive: true, force: true });
  });
});
