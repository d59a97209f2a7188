import { randomInt } from "node:crypto";
import { ArgumentError, type CrowdOptions, NobodyAnswers, readArguments, usage } from "./arguments.ts";
import { Client } from "./client.ts";
import { everybodyGotIn, orderWasKept, startCrowd } from "./crowd.ts";
import { lineOf, screenOf, summaryOf } from "./screen.ts";

/** Refuses to start where nobody would answer, and says what to start. */
async function checkThatItAnswers(options: CrowdOptions): Promise<void> {
  const origin = options.gateway ?? options.service ?? "";
  const client = new Client(origin, 1, 3_000);
  const path = options.gateway ? "/_sluse/rooms" : `/${options.room}/health`;
  const reply = await client.ask({ method: "GET", path, headers: {} });
  await client.close();
  if (reply.error) {
    throw new NobodyAnswers(options.gateway ? "--gateway" : "--service", origin, reply.error);
  }
  const rooms = reply.json?.rooms ?? reply.json;
  if (!options.gateway || !Array.isArray(rooms)) return;
  const ids = rooms.map((room: { id?: unknown }) => String(room.id));
  if (!ids.includes(options.room)) throw new ArgumentError("ROOM", options.room, ids.join(", "));
}

async function main(words: string[]): Promise<number> {
  if (words.includes("--help") || words.includes("-h")) {
    console.log(usage);
    return 0;
  }
  const options = readArguments(words, randomInt(2 ** 32));
  await checkThatItAnswers(options);
  const crowd = startCrowd(options);
  process.once("SIGINT", crowd.stop);
  process.once("SIGTERM", crowd.stop);

  const { stdout } = process;
  let drawnLines = 0;
  const wipe = () => {
    if (drawnLines > 0) stdout.write(`\x1b[${drawnLines}A\x1b[J`);
    drawnLines = 0;
  };
  const draw = () => {
    if (!stdout.isTTY) return void console.log(lineOf(options, crowd.view()));
    // A line that wrapped would be counted wrongly when the block is wiped.
    const lines = screenOf(options, crowd.view()).map((line) => line.slice(0, stdout.columns - 1));
    wipe();
    stdout.write(`${lines.join("\n")}\n`);
    drawnLines = lines.length;
  };
  if (!stdout.isTTY) console.log(`seed ${options.seed}`);
  const timer = setInterval(draw, stdout.isTTY ? 250 : 1_000);
  const last = await crowd.done;
  clearInterval(timer);
  wipe();
  console.log(summaryOf(options, last));
  return everybodyGotIn(last) && orderWasKept(last) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ArgumentError || error instanceof NobodyAnswers)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
