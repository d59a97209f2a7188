/** Measures what hostile clients do to honest ones, and to the gateway's memory and descriptors. */
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { type GatewayServer, type Server, startGateway } from "../servers.ts";
import { type Attack, LINE_PATH, SERVICE_PATH } from "./attacks.ts";
import { ASKED, type Asked, type Experience, percentile, REQUESTS, visit } from "./honest.ts";
import { mostDescriptors, openDescriptors, residentBytes } from "./process-figures.ts";

export interface HostileOptions {
  readonly attacks: readonly Attack[];
  readonly form: "full" | "short";
  readonly rounds: number;
  /** How long honest visitors are measured, alone and under each attack. */
  readonly seconds: number;
  readonly visitorsPerSecond: number;
  readonly onRound?: (round: Round) => void;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** One attack once, with the same visitors alone just before it. */
export interface Round {
  readonly attack: string;
  /** Connections that the attackers had at their peak. */
  readonly connections: number;
  readonly closedByGateway: number;
  readonly alone: Record<Asked, Latency>;
  readonly attacked: Record<Asked, Latency>;
  readonly failures: number;
  readonly memory: Course;
  readonly descriptors: Course;
}

/** A figure of the gateway's process before, at its most, and when the attackers were gone. */
export interface Course {
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

/** What the gateway needs besides the attackers' connections: its own files, honest visitors, the service. */
const OTHER_DESCRIPTORS = 2_500;
const SAMPLE_MS = 100;
/** The attack is in force when it has its connections, or at the latest after this. */
const RAMP_MS = 20_000;
/** So long after the attackers went, descriptors and memory are looked at; sooner where all are given back. */
const RECOVERY_MS = 20_000;
const SPARE_DESCRIPTORS = 20;
const NICE = 15;
/** Pages asked for between two looks at the memory; one that takes less than this more has its size. */
const FILLING_PAGES = 20_000;
const FILLING_CONNECTIONS = 50;
const FILLED_BYTES = 4_194_304;
const MOST_FILLINGS = 20;

export async function runHostile(options: HostileOptions): Promise<Round[]> {
  const started: Server[] = [];
  try {
    const origin = await startService();
    started.push(origin);
    const gateway = await startGateway(hostileRooms(origin.url));
    started.push(gateway);
    // The first visitors meet code that has not been compiled yet.
    await visit(gateway.url, options.visitorsPerSecond, 3);
    if (options.form === "full") await fillYoungGeneration(gateway);
    const rounds: Round[] = [];
    for (let i = 0; i < options.rounds; i++) {
      for (const attack of options.attacks) {
        const round = await runRound(gateway, attack, options);
        options.onRound?.(round);
        rounds.push(round);
      }
    }
    return rounds;
  } finally {
    for (const server of started.reverse()) await server.stop();
  }
}

/**
 * Asks for pages until the gateway's memory grows no more: V8 takes its young generation, some 256 MB, page by page as
 * requests come, and what it takes in the course of an attack would look like what the attack left behind.
 */
async function fillYoungGeneration({ url, pid }: GatewayServer): Promise<void> {
  const client = new Pool(url, { connections: FILLING_CONNECTIONS });
  const askForPages = async () => {
    for (let i = 0; i < FILLING_PAGES / FILLING_CONNECTIONS; i++) {
      const { body } = await client.request(REQUESTS.page);
      await body.dump();
    }
  };
  let grownBytes = 0;
  for (let i = 0; i < MOST_FILLINGS && (i < 2 || grownBytes > FILLED_BYTES); i++) {
    const before = residentBytes(pid);
    await Promise.all(Array.from({ length: FILLING_CONNECTIONS }, askForPages));
    grownBytes = residentBytes(pid) - before;
  }
  await client.close();
}

/** How many of an attack's connections this machine allows for: the gateway and the attackers need a descriptor each. */
export function connectionsOf(attack: Attack, form: HostileOptions["form"], pid: number): number {
  return Math.min(attack.connections[form], mostDescriptors(pid) - OTHER_DESCRIPTORS);
}

async function runRound(gateway: GatewayServer, attack: Attack, options: HostileOptions): Promise<Round> {
  const { seconds, visitorsPerSecond } = options;
  const before = figuresOf(gateway);
  const alone = await visit(gateway.url, visitorsPerSecond, seconds);
  const connections = connectionsOf(attack, options.form, gateway.pid);
  const peak = peakOf(gateway);
  const attackers = await startAttackers(attack, gateway.url, connections);
  const descriptorsAtStart = openDescriptors(gateway.pid);
  const attacked = await visit(gateway.url, visitorsPerSecond, seconds);
  const descriptorsAtEnd = openDescriptors(gateway.pid);
  const { closedByGateway } = await attackers.stop();
  const after = await recovered(gateway, before.descriptors);
  return {
    attack: attack.name,
    connections: attackers.open,
    closedByGateway,
    alone: latencies(alone),
    attacked: latencies(attacked),
    failures: attacked.failures + alone.failures,
    memory: { before: before.memory, peak: peak.stop(), after: after.memory },
    descriptors: {
      before: before.descriptors,
      peak: Math.max(descriptorsAtStart, descriptorsAtEnd),
      after: after.descriptors,
    },
  };
}

interface Figures {
  readonly memory: number;
  readonly descriptors: number;
}

function figuresOf({ pid }: GatewayServer): Figures {
  return { memory: residentBytes(pid), descriptors: openDescriptors(pid) };
}

function peakOf({ pid }: GatewayServer): { stop(): number } {
  let most = 0;
  const sample = () => {
    most = Math.max(most, residentBytes(pid));
  };
  const timer = setInterval(sample, SAMPLE_MS).unref();
  return {
    stop() {
      clearInterval(timer);
      sample();
      return most;
    },
  };
}

async function recovered(gateway: GatewayServer, descriptorsBefore: number): Promise<Figures> {
  const deadlineMs = performance.now() + RECOVERY_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const figures = figuresOf(gateway);
    if (figures.descriptors <= descriptorsBefore + SPARE_DESCRIPTORS || performance.now() > deadlineMs) {
      return figures;
    }
  }
}

interface Attackers {
  /** Connections when they were at full strength, or as far as they came. */
  readonly open: number;
  stop(): Promise<AttackerLine>;
}

interface AttackerLine {
  readonly event: "at-full-strength" | "stopped";
  readonly open: number;
  readonly closedByGateway: number;
}

/** In a process of their own, at low priority: they must not slow down who measures. */
async function startAttackers(attack: Attack, url: string, connections: number): Promise<Attackers> {
  const program = start<AttackerLine>("attacker.ts", [attack.name, url, String(connections)]);
  setPriority(program.pid, NICE);
  const ready = await Promise.race([
    program.firstLine,
    new Promise<null>((go) => setTimeout(go, RAMP_MS, null)),
  ]);
  return {
    open: ready?.open ?? 0,
    async stop() {
      await program.stop();
      const last = program.lines.at(-1);
      if (last === undefined) throw new Error("the attackers said nothing");
      return last;
    },
  };
}

interface Program<Line> {
  readonly pid: number;
  /** What it has printed: JSON, a line each. */
  readonly lines: readonly Line[];
  readonly firstLine: Promise<Line>;
  /** Closes its input, at which it ends. It ends with this process too. */
  stop(): Promise<void>;
}

/** A program of this folder, in a process of its own. */
function start<Line>(file: string, args: readonly string[]): Program<Line> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines: Line[] = [];
  const firstLine = new Promise<Line>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = JSON.parse(text) as Line;
      lines.push(line);
      resolve(line);
    });
    void ended.then(() => reject(new Error(`${file} ended and said nothing`)));
  });
  return {
    pid: child.pid ?? 0,
    lines,
    firstLine,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

async function startService(): Promise<Server> {
  const service = start<{ port: number }>("service.ts", []);
  const { port } = await service.firstLine;
  return { url: `http://127.0.0.1:${port}`, stop: service.stop };
}

function hostileRooms(origin: string): object[] {
  const room = { name: { da: "Måling", en: "Measurement" }, origin, outflowPerMinute: 600 };
  return [
    { ...room, id: "line", match: { host: "*", path: LINE_PATH } },
    { ...room, id: "open", match: { host: "*", path: SERVICE_PATH }, mode: "open" },
  ];
}

function latencies({ ms }: Experience): Record<Asked, Latency> {
  const of = (asked: Asked) => ({ p50: percentile(ms[asked], 0.5), p99: percentile(ms[asked], 0.99) });
  return Object.fromEntries(ASKED.map((asked) => [asked, of(asked)])) as Record<Asked, Latency>;
}
