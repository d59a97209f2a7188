import { connect } from "node:net";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { prepareOwnReply, prepareReply, Reply, sendPrepared } from "./reply.ts";
import { isRefusal, type Request, readRequest } from "./request.ts";
import { readText, sendJson, sendProblem, sendSeeOther } from "./respond.ts";
import { RawConnection, serve } from "./test-server.ts";
import type { HttpResponse } from "./uws.ts";

let handle: (reply: Reply, request: Request) => void = () => {};
let handleRaw: ((res: HttpResponse, request: Request) => void) | null = null;
const server = await serve((res, req) => {
  const request = readRequest(req, res);
  if (isRefusal(request)) throw new Error(request.detail);
  if (handleRaw !== null) handleRaw(res, request);
  else handle(new Reply(res, request), request);
});
afterAll(() => server.close());
afterEach(() => {
  handleRaw = null;
});

const ask = (method: string, headers = "", body = "") =>
  new RawConnection(server.port, `${method} / HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`);

async function answerTo(method: string): Promise<{ head: string; body: string }> {
  const connection = ask(method);
  const next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  await connection.until("\r\n\r\n");
  // A second request on the same connection shows where the first answer really ended.
  handle = (reply) => reply.send(418, [], "next");
  handleRaw = null;
  connection.write(next);
  const text = await connection.until("next");
  connection.destroy();
  const [first = "", second] = text.split("HTTP/1.1 418");
  expect(second, "the connection goes on").toMatch(/next$/);
  const end = first.indexOf("\r\n\r\n");
  return { head: first.slice(0, end).toLowerCase(), body: first.slice(end + 4) };
}

describe("Reply", () => {
  it("sends JSON that no cache keeps, unless told", async () => {
    handle = (reply) => sendJson(reply, 200, { place: 7 });
    const plain = await answerTo("POST");
    expect(plain.head).toContain("200 ok\r\ncontent-type: application/json\r\ncache-control: no-store");
    expect(plain.head).toContain("content-length: 11");
    expect(plain.body).toBe('{"place":7}');
    handle = (reply) => sendJson(reply, 200, {}, [["Cache-Control", "public, max-age=1"]]);
    const cached = await answerTo("GET");
    expect(cached.head).toContain("cache-control: public, max-age=1");
    expect(cached.head).not.toContain("no-store");
  });

  it("sends problems", async () => {
    handle = (reply) => sendProblem(reply, 503, "must-wait", "Wait.", { status2: 1 }, [["retry-after", "5"]]);
    const { head, body } = await answerTo("GET");
    expect(head).toContain("503 service unavailable\r\ncontent-type: application/problem+json");
    expect(head).toContain("retry-after: 5");
    expect(JSON.parse(body)).toEqual({
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      code: "must-wait",
      detail: "Wait.",
      status2: 1,
    });
  });

  it("sends the browser elsewhere", async () => {
    handle = (reply) => sendSeeOther(reply, "/tax?a=b", [["set-cookie", "a=b"]]);
    const { head, body } = await answerTo("POST");
    expect(head).toContain("303 see other\r\nlocation: /tax?a=b\r\n");
    expect(head).toContain("set-cookie: a=b");
    expect(body).toBe("");
  });

  it("sends no body on HEAD, 204 and 304", async () => {
    handle = (reply) => reply.send(200, [], "12345");
    expect(await answerTo("HEAD")).toMatchObject({
      head: expect.stringContaining("content-length: 5"),
      body: "",
    });
    handle = (reply) => reply.send(204, [["x", "y"]]);
    const none = await answerTo("POST");
    expect(none.head).toContain("204 no content\r\nx: y");
    expect(none.head).not.toContain("content-length");
    expect(none.body).toBe("");
    handle = (reply) => reply.send(304, []);
    expect((await answerTo("GET")).body).toBe("");
  });

  it("sends prepared replies, inside the handler and later", async () => {
    const prepared = prepareReply(
      201,
      [
        ["content-type", "application/json"],
        ["cache-control", "public, max-age=1"],
        ["access-control-allow-origin", "*"],
      ],
      "æøå",
    );
    for (const method of ["GET", "HEAD"]) {
      for (const later of [true, false]) {
        handleRaw = later ? null : (res, request) => sendPrepared(res, prepared, request.method === "HEAD");
        handle = (reply) => setImmediate(() => reply.sendPrepared(prepared));
        const { head, body } = await answerTo(method);
        expect(head).toContain(
          "201 created\r\ncontent-type: application/json\r\ncache-control: public, max-age=1\r\naccess-control-allow-origin: *",
        );
        expect(head).toContain("content-length: 6");
        expect(Buffer.from(body, "latin1").toString()).toBe(method === "HEAD" ? "" : "æøå");
      }
    }
    expect(() => prepareReply(200, [["a", "b\r\nc: d"]], "")).toThrow('"a" is not a valid header');
    expect(() => prepareReply(200, [["a: b\r\nc", "d"]], "")).toThrow("is not a valid header");
  });

  it("sends replies of which a header and the start of the body are each visitor's own", async () => {
    const prepared = prepareOwnReply(
      [
        ["content-type", "application/json"],
        ["cache-control", "private, no-store"],
      ],
      { name: "set-cookie", before: "place=", after: "; Path=/" },
    );
    const number = { long: "1234567890", short: "7" };
    for (const [method, own] of [
      ["GET", number.long],
      ["POST", number.short],
      ["HEAD", number.long],
    ] as const) {
      const writeOwn = (memory: Buffer, start: number) => start + memory.write(own, start);
      handle = (reply) => reply.sendOwn(prepared, writeOwn, `{"number":${own},`, Buffer.from('"name":"Å"}'));
      const { head, body } = await answerTo(method);
      expect(head).toContain(
        `200 ok\r\ncontent-type: application/json\r\ncache-control: private, no-store\r\nset-cookie: place=${own}; path=/\r\n`,
      );
      const whole = `{"number":${own},"name":"Å"}`;
      expect(head).toContain(`content-length: ${Buffer.byteLength(whole)}`);
      expect(Buffer.from(body, "latin1").toString()).toBe(method === "HEAD" ? "" : whole);
    }
    const broken = { name: "set-cookie", before: "a\r\nb: ", after: "" };
    expect(() => prepareOwnReply([["a", "b"]], broken)).toThrow('"set-cookie" is not a valid header');
    expect(() => prepareOwnReply([["a", "b"]], { ...broken, before: "", after: "\n" })).toThrow(
      "valid header",
    );
  });

  it("writes nothing after the visitor went away", async () => {
    const aborted = vi.fn();
    const kept: { reply?: Reply } = {};
    handle = (reply) => {
      kept.reply = reply;
      reply.onAbort(aborted);
    };
    const connection = ask("GET");
    await vi.waitUntil(() => kept.reply !== undefined);
    connection.destroy();
    await vi.waitUntil(() => aborted.mock.calls.length > 0);
    expect(kept.reply).toMatchObject({ open: false, aborted: true });
    kept.reply?.send(200, [], "late");
    kept.reply?.drop();
    kept.reply?.onAbort(aborted);
    expect(aborted).toHaveBeenCalledTimes(2);
  });

  it("answers once", async () => {
    const aborted = vi.fn();
    handle = (reply) => {
      reply.onAbort(aborted);
      reply.send(200, [], "first");
      reply.send(200, [], "second");
      expect(reply).toMatchObject({ open: false, aborted: false });
    };
    expect((await answerTo("GET")).body).toBe("first");
    expect(aborted).not.toHaveBeenCalled();
  });

  it("closes the connection on drop", async () => {
    handle = (reply) => setImmediate(() => reply.drop());
    expect(await ask("GET").untilClosed()).toBe("");
  });
});

describe("a reply that its visitor does not read at once", () => {
  const MEGABYTE = 1_048_576;

  it.each([
    ["bytes", Buffer.alloc(12 * MEGABYTE, "x")],
    ["text", "x".repeat(12 * MEGABYTE)],
  ])("comes whole, and the connection goes on: %s", async (_, body) => {
    let answered = 0;
    handle = (reply) => {
      answered += 1;
      reply.send(200, [], answered === 1 ? body : "next");
    };
    const next = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(next));
    socket.pause();
    await vi.waitUntil(() => answered === 1);
    let received = 0;
    let last = "";
    socket.on("data", (data) => {
      received += data.length;
      last = data.toString("latin1").slice(-4);
    });
    socket.resume();
    await vi.waitUntil(() => received > body.length, { timeout: 20_000 });
    expect(last).toBe("xxxx");
    socket.write(next);
    await vi.waitUntil(() => last === "next");
    socket.destroy();
  });

  it.each([
    ["10,000 bytes, and keeps no copies meanwhile", 10_000],
    ["1,000 bytes, and keeps few copies meanwhile", 1_000],
  ])("ends the connection of one who asks again and again: %s", async (_, bytes) => {
    const body = Buffer.alloc(bytes, "x");
    let answered = 0;
    handle = (reply) => {
      answered += 1;
      reply.send(200, [], body);
    };
    const connection = ask("GET");
    connection.socket.pause();
    const asking = setInterval(() => connection.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100)), 5);
    await connection.untilClosed();
    clearInterval(asking);
    // What the kernel takes of a connection to itself is some megabytes.
    expect(answered * body.length).toBeLessThan(32 * MEGABYTE);
  });
});

describe("RequestBody", () => {
  it("keeps what comes before somebody reads, and reads it whole", async () => {
    handle = async (reply) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const read = await readText(reply.body, 2_000_000);
      reply.send(200, [], read === "too-large" ? read : `${read.text.length} ${read.text.slice(-3)}`);
    };
    const body = `${"x".repeat(1_500_000)}end`;
    const sized = ask("POST", `Content-Length: ${body.length}\r\n`, body);
    expect(await sized.until("end")).toContain("1500003 end");
    const chunked = ask("POST", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n");
    chunked.write("3\r\nend\r\n0\r\n\r\n");
    expect(await chunked.until("end")).toContain("6 end");
    sized.destroy();
    chunked.destroy();
  });

  it("stops reading while nobody takes the body", async () => {
    const kept: { reply?: Reply } = {};
    handle = (reply) => {
      kept.reply = reply;
    };
    const bytes = 64 * 1024 * 1024;
    const connection = ask("POST", `Content-Length: ${bytes}\r\n`);
    connection.write(Buffer.alloc(bytes));
    await vi.waitUntil(() => kept.reply !== undefined);
    let queued = Number.NaN;
    await vi.waitUntil(
      () => {
        const settled = connection.socket.bytesWritten - connection.socket.writableLength;
        const same = settled === queued;
        queued = settled;
        return same;
      },
      { interval: 200 },
    );
    expect(connection.socket.writableLength).toBeGreaterThan(bytes / 2);
    const text = new Promise((resolve) => {
      let received = 0;
      kept.reply?.body?.read({
        chunk: (data) => {
          received += data.length;
        },
        end: () => resolve(received),
      });
    });
    expect(await text).toBe(bytes);
    connection.destroy();
  });

  it("refuses a body that is too large, and lets the rest run past", async () => {
    handle = async (reply) => {
      const read = await readText(reply.body, 1000);
      sendProblem(reply, read === "too-large" ? 413 : 200, "x", "y");
    };
    const connection = ask("POST", "Content-Length: 3000000\r\n", "x".repeat(3_000_000));
    expect(await connection.until(/\r\n\r\n\{/)).toContain("413");
    handle = (reply) => reply.send(200, [], "next");
    connection.write("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await connection.until("next")).toContain("next");
    connection.destroy();
  });

  it("is empty where no body was announced", async () => {
    expect(await readText(null, 10)).toEqual({ text: "" });
  });

  it("answers while a body is paused, and keeps the connection", async () => {
    handle = (reply) => setTimeout(() => reply.send(200, [], "early"), 50);
    const connection = ask("POST", "Content-Length: 1000000\r\n", "x".repeat(500_000));
    await connection.until("early");
    connection.write("x".repeat(500_000));
    handle = (reply) => reply.send(200, [], "next");
    connection.write("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await connection.until("next")).toContain("next");
    connection.destroy();
  });
});
