/**
 * The attackers' process: `tsx attacker.ts ATTACK URL CONNECTIONS`. Keeps so many connections at work, opening
 * a new one for each that the gateway closes; prints how it goes as JSON lines; ends with its standard input, and
 * after two minutes at the latest.
 */
import { connect, type Socket } from "node:net";
import { ATTACKS } from "./attacks.ts";

const MOST_SECONDS = 120;
/** Loopback, but not where honest visitors come from: other ports, and another believed address. */
const FROM = "127.0.0.2";
/** How many may be on their way to the gateway at once, which takes 512. */
const MOST_CONNECTING = 128;
/** Before the next attempt where the gateway closed a connection or took none. */
const AGAIN_MS = 500;

const [name, url = "", count] = process.argv.slice(2);
const attack = ATTACKS.find((one) => one.name === name);
const { hostname, port } = new URL(url);
if (attack === undefined || hostname !== "127.0.0.1")
  throw new Error(`no such attack on 127.0.0.1: ${name} ${url}`);

const open = new Set<Socket>();
let missing = Number(count);
let connecting = 0;
let closedByGateway = 0;
let isAtFullStrength = false;

function fill(): void {
  while (missing > 0 && connecting < MOST_CONNECTING) {
    missing -= 1;
    connecting += 1;
    openOne();
  }
}

function openOne(): void {
  const socket = connect({ host: hostname, port: Number(port), localAddress: FROM });
  // A connection that reads nothing does not even see that it was closed: writing tells.
  if (attack?.readsNothing) socket.pause();
  else socket.resume();
  let wasOpen = false;
  socket.once("connect", () => {
    wasOpen = true;
    connecting -= 1;
    open.add(socket);
    attack?.begin(socket);
    if (missing === 0 && connecting === 0 && !isAtFullStrength) {
      isAtFullStrength = true;
      say("at-full-strength");
    }
    fill();
  });
  socket.on("error", () => {});
  socket.once("close", () => {
    open.delete(socket);
    if (wasOpen) closedByGateway += 1;
    else connecting -= 1;
    setTimeout(() => {
      missing += 1;
      fill();
    }, AGAIN_MS);
  });
}

function say(event: string): void {
  process.stdout.write(`${JSON.stringify({ event, open: open.size, closedByGateway })}\n`);
}

fill();
setInterval(() => {
  for (const socket of open) attack.goOn(socket);
}, 1_000);
setTimeout(() => process.exit(), MOST_SECONDS * 1_000);
process.stdin.resume();
process.stdin.once("end", () => {
  say("stopped");
  process.exit();
});
