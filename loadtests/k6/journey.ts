/**
 * The main journey as k6 runs it: the page, a place in line, the wait (every other visitor by live frames, the
 * rest by polling), the claim, the service. One virtual user is one visitor, who comes once.
 *
 *   GATEWAY=http://127.0.0.1:8080 ROOM=tax VISITORS=100 ARRIVE=3 DURATION=5m k6 run loadtests/k6/journey.ts
 */
import { check, sleep } from "k6";
import exec from "k6/execution";
import http, { type RefinedResponse } from "k6/http";
import { Counter, Rate, Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { WebSocket } from "k6/websockets";

interface Status {
  serving: number;
  mode: string;
  seal: string;
}

const gateway = loopback("GATEWAY", __ENV.GATEWAY || "http://127.0.0.1:8080");
const room = matching("ROOM", __ENV.ROOM || "tax", /^[a-z0-9][a-z0-9-]{0,31}$/, "a room's id");
const visitors = Number(
  matching("VISITORS", __ENV.VISITORS || "100", /^([1-9]\d{0,3}|10000)$/, "1 to 10000"),
);
const duration = matching(
  "DURATION",
  __ENV.DURATION || "5m",
  /^([1-9]\d{0,2}s|[1-9]\d?m)$/,
  "1s to 999s, 1m to 99m",
);
const arriveSeconds = Number(matching("ARRIVE", __ENV.ARRIVE || "3", /^\d{1,3}$/, "0 to 999 seconds"));

const admitted = new Rate("sluse_admitted");
const waited = new Trend("sluse_waited", true);
const framesSeen = new Counter("sluse_live_frames");
const registered = new Counter("sluse_claims_at_gate");

// 409 answers a claim that came too early; it is no failure.
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 399 }, 409));

export const options: Options = {
  scenarios: {
    journey: {
      executor: "per-vu-iterations",
      vus: visitors,
      iterations: 1,
      maxDuration: duration,
      gracefulStop: "5s",
    },
  },
  thresholds: {
    checks: ["rate==1"],
    sluse_admitted: ["rate==1"],
    http_req_failed: ["rate<0.01"],
    "http_req_duration{step:join}": ["p(95)<1000"],
    "http_req_duration{step:status}": ["p(95)<500"],
    "http_req_duration{step:claim}": ["p(95)<1000"],
  },
};

export default async function visitor(): Promise<void> {
  sleep(Math.random() * arriveSeconds);
  const cameMs = Date.now();
  const isAdmitted = await comeIn();
  admitted.add(isAdmitted);
  if (!isAdmitted) return;
  waited.add(Date.now() - cameMs);
  for (let page = 0; page < 3; page += 1) {
    sleep(0.5 + Math.random());
    const reply = navigate("service");
    check(reply, { "the pass lets the visitor in": isFromService });
  }
  logOut();
}

/** From the first page to the pass; false when the visitor is turned away. */
async function comeIn(): Promise<boolean> {
  const page = navigate("page");
  if (!check(page, { "there is a page": ({ status }) => status < 500 })) return false;
  if (holdsPass()) return true;

  const joined = post("join", "join", { "Idempotency-Key": newKey() });
  if (!check(joined, { "join gives a number or a pass": ({ status }) => status === 200 })) return false;
  const place = joined.json() as unknown as { state: string; number: number; status: Status };
  if (place.state === "admitted") return true;
  let { seal } = place.status;
  if (place.state === "waiting") {
    const status =
      exec.vu.idInTest % 2 === 0 ? await watchUntilCalled(place.number) : pollUntilCalled(place.number);
    seal = status?.seal ?? seal;
  }
  return claim(seal);
}

/** Polls the shared document, as pages do where no WebSocket gets through. */
function pollUntilCalled(number: number): Status {
  for (;;) {
    sleep(1 + Math.random() * 0.2);
    const reply = http.get(`${gateway}/_sluse/rooms/${room}/status`, { tags: { step: "status" } });
    check(reply, { "there is a status": ({ status }) => status === 200 });
    if (reply.status !== 200) continue;
    const status = reply.json() as unknown as Status;
    if (isCalled(number, status)) return status;
  }
}

/** Watches the live frames; where the connection ends early, asks at the gate, which knows. */
function watchUntilCalled(number: number): Promise<Status | undefined> {
  return new Promise((resolve) => {
    const address = `${gateway.replace("http:", "ws:")}/_sluse/rooms/${room}/live?band=near`;
    const socket = new WebSocket(address, null, { headers: { Origin: gateway }, tags: { step: "live" } });
    let last: Status | undefined;
    socket.onmessage = (event) => {
      framesSeen.add(1);
      last = JSON.parse(String(event?.data)) as Status;
      if (isCalled(number, last)) socket.close();
    };
    socket.addEventListener("close", () => {
      check(last, { "live frames came": (status) => status !== undefined });
      resolve(last);
    });
  });
}

function isCalled(number: number, status: Status): boolean {
  return number <= status.serving || status.mode === "open";
}

/** Asks at the gate until the pass is there; k6's `maxDuration` ends what would never end. */
function claim(seal: string): boolean {
  for (;;) {
    const reply = post("claim", `claim?to=${encodeURIComponent(`/${room}`)}`, { "Sluse-Seal": seal });
    if (reply.status === 200) return check(reply, { "the claim brings a pass": () => holdsPass() });
    if (reply.status === 202) registered.add(1);
    const isStillGood = check(reply, {
      "the call is still good": ({ status }) => status === 202 || status === 409,
    });
    if (!isStillGood) return false;
    const { retryAfterMs } = reply.json() as unknown as { retryAfterMs?: number };
    sleep((retryAfterMs ?? 1000) / 1000);
  }
}

/** Gives the place to the next. */
function logOut(): void {
  const ways: Record<string, string> = { tax: "/tax/logout", vaccine: "/vaccine/finish" };
  const path = ways[room];
  if (path === undefined) return;
  const headers = { Origin: gateway, "Sec-Fetch-Mode": "navigate" };
  const reply = http.post(gateway + path, {}, { headers, tags: { step: "service" } });
  check(reply, { "the visitor is logged out": ({ status }) => status === 200 });
}

function navigate(step: string): RefinedResponse<"text"> {
  const headers = { Accept: "text/html", "Accept-Language": "da", "Sec-Fetch-Mode": "navigate" };
  return http.get(`${gateway}/${room}`, { headers, tags: { step }, responseType: "text" });
}

function post(step: string, operation: string, headers: Record<string, string>): RefinedResponse<"text"> {
  return http.post(`${gateway}/_sluse/rooms/${room}/${operation}`, null, {
    headers: { Accept: "application/json", Origin: gateway, ...headers },
    tags: { step, name: `${gateway}/_sluse/rooms/${room}/${step}` },
    responseType: "text",
  });
}

function isFromService({ status, headers }: RefinedResponse<"text">): boolean {
  return status === 200 && headers["Retry-After"] === undefined;
}

function holdsPass(): boolean {
  return http.cookieJar().cookiesForURL(`${gateway}/${room}`)[`sluse_pass_${room}`] !== undefined;
}

function newKey(): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from({ length: 32 }, () => letters[Math.floor(Math.random() * letters.length)]).join("");
}

/** A load test sent to another machine would be an attack. */
function loopback(name: string, given: string): string {
  const address = /^http:\/\/(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/;
  return matching(name, given, address, "http:// and a loopback address, no path");
}

function matching(name: string, given: string, form: RegExp, allowed: string): string {
  if (!form.test(given)) throw new Error(`${name}: ${given} was given; allowed is ${allowed}`);
  return given;
}
