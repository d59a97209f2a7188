import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestBody } from "./request-body.ts";
import type { HttpResponse } from "./uws.ts";

/** Plays uWebSockets.js at its worst: chunks keep coming after `pause`. */
function start() {
  let deliver: (chunk: ArrayBuffer, isLast: boolean) => void = () => {};
  const calls: string[] = [];
  const res = {
    onData: (handler: typeof deliver) => {
      deliver = handler;
    },
    pause: () => calls.push("pause"),
    resume: () => calls.push("resume"),
    close: () => calls.push("close"),
  };
  const body = new RequestBody(res as unknown as HttpResponse);
  const send = (bytes: Uint8Array, isLast = false) => deliver(Uint8Array.from(bytes).buffer, isLast);
  const sendBuffer = (buffer: ArrayBuffer) => deliver(buffer, false);
  return { body, calls, send, sendBuffer };
}

const block = (seed: number, bytes: number) =>
  Buffer.alloc(bytes, createHash("sha256").update(`${seed}`).digest());

describe("RequestBody", () => {
  it("hands over everything in order, however its reader stops and starts", () => {
    const step = fc.oneof(
      fc.record({ send: fc.integer({ min: 0, max: 200_000 }) }),
      fc.constant("pause" as const),
      fc.constant("resume" as const),
      fc.constant("read" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, stopsAtEach) => {
        const { body, calls, send } = start();
        const sent: Buffer[] = [];
        const got: Buffer[] = [];
        let ends = 0;
        let isReading = false;
        const read = () => {
          if (isReading) return;
          isReading = true;
          body.read({
            chunk(data) {
              got.push(Buffer.from(data));
              body.release(data);
              if (stopsAtEach) body.pause();
            },
            end: () => {
              ends += 1;
            },
          });
        };
        for (const action of steps) {
          if (action === "read") read();
          else if (action === "pause") body.pause();
          else if (action === "resume") body.resume();
          else {
            const bytes = block(sent.length, action.send);
            sent.push(bytes);
            send(bytes);
          }
        }
        send(new Uint8Array(0), true);
        read();
        for (let count = 0; count <= sent.length + 10; count++) body.resume();
        expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
        expect(ends).toBe(1);
        expect(calls).not.toContain("close");
        body.discard(true);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps little in memory of what comes uninvited", () => {
    const { body, calls, sendBuffer } = start();
    const chunk = new Uint8Array(524_288).fill(7);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 200; count++) sendBuffer(chunk.buffer);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * chunk.length);
    expect(calls).toEqual(["pause"]);
    let received = 0;
    let sevens = 0;
    body.read({
      chunk(data) {
        received += data.length;
        if (data[0] === 7 && data.at(-1) === 7) sevens += data.length;
        body.release(data);
      },
      end() {},
    });
    expect(received).toBe(200 * chunk.length);
    expect(sevens).toBe(received);
    expect(calls).toEqual(["pause", "resume"]);
    body.discard(true);
  });

  it("neither pauses nor resumes the socket while a reply waits for it", () => {
    const { body, calls, send } = start();
    const got: string[] = [];
    send(Buffer.from("a"));
    expect(calls).toEqual(["pause"]);
    body.keepReading(true);
    send(Buffer.from("b"));
    body.read({ chunk: (data) => got.push(data.toString()), end: () => got.push("end") });
    body.pause();
    send(Buffer.from("c"));
    expect(calls).toEqual(["pause"]);
    expect(got).toEqual(["a", "b"]);
    body.keepReading(false);
    expect(calls).toEqual(["pause", "pause"]);
    body.resume();
    expect(calls).toEqual(["pause", "pause", "resume"]);
    send(Buffer.from("d"), true);
    expect(got).toEqual(["a", "b", "c", "d", "end"]);
    body.discard(true);
  });

  it("closes the connection of a visitor who sends without end and does not read the reply", () => {
    const { body, calls, sendBuffer } = start();
    body.read({ chunk: () => body.pause(), end() {} });
    body.keepReading(true);
    const chunk = new ArrayBuffer(16_777_216);
    for (let count = 0; count < 16 && !calls.includes("close"); count++) sendBuffer(chunk);
    expect(calls).toEqual([]);
    for (let count = 0; count < 8 && !calls.includes("close"); count++) sendBuffer(chunk);
    expect(calls).toEqual(["close"]);
    body.discard(false);
  });

  it("uses memory again once it was given back, and only then", () => {
    const { body, send } = start();
    const memories: ArrayBufferLike[] = [];
    let gives = false;
    body.read({
      chunk(data) {
        memories.push(data.buffer);
        if (gives) body.release(data);
      },
      end() {},
    });
    send(Buffer.alloc(100_000, 1));
    send(Buffer.alloc(100_000, 2));
    gives = true;
    send(Buffer.alloc(100_000, 3));
    send(Buffer.alloc(300_000, 4));
    expect(new Set(memories).size).toBe(3);
    expect(memories[3]).toBe(memories[2]);
    expect(new Uint8Array(memories[0] ?? new ArrayBuffer(0))[0]).toBe(1);
    body.discard(true);
  });

  it("touches nothing once it is over", () => {
    const { body, calls, send } = start();
    send(Buffer.alloc(10));
    body.discard(false);
    send(Buffer.alloc(10));
    body.resume();
    body.read({
      chunk: () => expect.unreachable(),
      end: () => expect.unreachable(),
    });
    body.discard(true);
    expect(calls).toEqual(["pause"]);
  });
});
