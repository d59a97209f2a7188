import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readArguments } from "./arguments.ts";

function read(line: string) {
  return readArguments(line.split(" ").filter(Boolean), 11);
}

describe("the command line", () => {
  it("fills in what is not said", () => {
    expect(read("tax 2000")).toEqual({
      room: "tax",
      visitors: 2_000,
      path: "/tax",
      gateway: "http://127.0.0.1:8080",
      operator: undefined,
      service: "http://127.0.0.1:8091",
      seed: 11,
      arriveSeconds: 10,
      noShowPercent: 0,
      forSeconds: 600,
      thinkSeconds: 1,
      connections: 1_000,
    });
  });

  it("goes straight to the service without a gate", () => {
    expect(read("vaccine 5 --no-gate")).toMatchObject({
      gateway: undefined,
      service: "http://127.0.0.1:8092",
    });
    expect(read("tax 5 --no-gate --service http://[::1]:99").service).toBe("http://[::1]:99");
  });

  it.each([
    ["", "ROOM: nothing was given; allowed is a room's id, such as tax"],
    ["TAX 5", "ROOM: TAX was given; allowed is a to z, 0 to 9 and -, 32 characters at most"],
    ["tax", "VISITORS: nothing was given; allowed is a whole number from 1 to 100000"],
    ["tax 0", "VISITORS: 0 was given; allowed is a whole number from 1 to 100000"],
    ["tax 1e3", "VISITORS: 1e3 was given; allowed is a whole number from 1 to 100000"],
    ["tax 5 6", "argument: 6 was given; allowed is ROOM VISITORS and options only"],
    ["tax 5 --no-show-percent 101", "--no-show-percent: 101 was given; allowed is a number from 0 to 100"],
    ["tax 5 --seed -1", "--seed: -1 was given; allowed is a value that does not begin with -"],
    ["tax 5 --seed=-1", "--seed: -1 was given; allowed is a whole number from 0 to 4294967295"],
    ["tax 5 --seed", "--seed: nothing was given; allowed is a value"],
    ["tax 5 --no-gate=yes", "--no-gate: yes was given; allowed is no value"],
    ["tax 5 --path //other", "--path: //other was given; allowed is a path that begins with one /"],
    ["tax 5 --gates 1", "option: --gates was given; allowed is one of --no-gate, --gateway, --operator, "],
    ["tax -5", "VISITORS: -5 was given; allowed is a whole number from 1 to 100000"],
    ["tax 5 -x", "option: -x was given; allowed is one of --no-gate"],
    [
      "tax 5 --gateway http://127.0.0.1:99999",
      "--gateway: http://127.0.0.1:99999 was given; allowed is http://",
    ],
    ["other 5 --no-gate", "--service: nothing was given; allowed is an address: with --no-gate"],
  ])("says of '%s' what is wrong", (line, message) => {
    expect(() => read(line)).toThrow(message);
  });

  it.each([
    "http://example.org",
    "https://127.0.0.1",
    "http://10.0.0.1:8080",
    "http://127.0.0.1.example.org",
    "http://localhost.example.org",
    "http://me@127.0.0.1",
    "http://127.0.0.1/path",
    "http://0.0.0.0:8080",
    "nonsense",
  ])("refuses to send a crowd to %s", (address) => {
    for (const name of ["--gateway", "--operator", "--service"]) {
      expect(() => read(`tax 5 ${name} ${address}`)).toThrow(
        `${name}: ${address} was given; allowed is http:// and a loopback`,
      );
    }
  });

  it("speaks of what does not answer without saying that it was given", async () => {
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const words = ["--import", "tsx", main, "tax", "1", "--no-gate", "--service", "http://127.0.0.1:1"];
    const ran = promisify(execFile)(process.execPath, words);
    await expect(ran).rejects.toMatchObject({
      code: 2,
      stderr:
        "http://127.0.0.1:1 does not answer (ECONNREFUSED); npm start starts all, and --service names another\n",
    });
  });

  it("knows loopback by its names", () => {
    for (const address of [
      "http://127.0.0.1:1",
      "http://127.8.9.10:1",
      "http://localhost:1",
      "http://[::1]:1",
    ]) {
      expect(read(`tax 5 --gateway ${address}`).gateway).toBe(address);
    }
  });
});
