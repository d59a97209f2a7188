import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What to ask for, again and again, over connections that stay open. */
export interface Target {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Load {
  readonly seconds: number;
  readonly connections: number;
}

export interface Measured {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Replies that were no success, and broken connections. */
  readonly failures: number;
}

/**
 * Runs `wrk` for a bounded time against loopback. One thread: the generator must leave the other core to
 * what is measured. Throws where wrk is missing or the target is elsewhere.
 */
export async function runWrk(target: Target, load: Load): Promise<Measured> {
  if (new URL(target.url).hostname !== "127.0.0.1")
    throw new Error(`${target.url}: only 127.0.0.1 is loaded`);
  const folder = mkdtempSync(join(tmpdir(), "sluse-wrk-"));
  const script = join(folder, "request.lua");
  writeFileSync(script, scriptFor(target));
  try {
    const { seconds, connections } = load;
    const output = await run("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, target.url]);
    const found = /^RESULT (\d+) (\d+) (\d+)$/m.exec(output);
    if (!found) throw new Error(`wrk said nothing that can be read:\n${output}`);
    const [requests = 0, microseconds = 0, failures = 0] = found.slice(1).map(Number);
    return { requests, requestsPerSecond: (requests * 1_000_000) / microseconds, failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scriptFor({ method = "GET", headers = {} }: Target): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${lua(name)}] = ${lua(value)}`);
  return `wrk.method = ${lua(method)}
${lines.join("\n")}
done = function(summary)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}

function lua(text: string): string {
  return JSON.stringify(text);
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once("error", (error) => reject(new Error(`${program}: ${error.message} (apt-get install wrk)`)));
    child.once("exit", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}
