/** For the proxy's tests: a client that says exactly what it is told, and origins as bad as they come. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly raw: string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  /** The body goes without a length. */
  readonly chunked?: boolean;
  /** The address that the connection comes from. */
  readonly from?: string;
}

/** Asks by Node's client, on a connection of its own. */
export function ask(port: number, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = "GET", headers, body, chunked = false, from } = asked;
  return new Promise((resolve, reject) => {
    // As browsers do: whoever asks for the connection to be closed may lose the reply to an unfinished upload.
    const agent = new Agent({ keepAlive: true });
    const options = { host: "127.0.0.1", port, agent, path, method, headers, localAddress: from };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve(answerOf(response, Buffer.concat(chunks)));
        agent.destroy();
      });
    });
    request.on("error", reject);
    if (chunked) request.write(body);
    request.end(chunked ? undefined : body);
  });
}

function answerOf(response: IncomingMessage, body: Buffer): Answer {
  const { statusCode = 0, headers, rawHeaders, trailers } = response;
  return { status: statusCode, headers, raw: rawHeaders, trailers, body };
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
}

/** A self-signed certificate of two days for `localhost` and `names`. */
export function selfSigned(folder: string, name: string, names: readonly string[]): Certificate {
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const subjects = ["localhost", ...names].map((host) => `DNS:${host}`).join(",");
  execFileSync(
    "/usr/bin/openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
    ].concat([
      "-keyout",
      keyFile,
      "-out",
      certFile,
      "-subj",
      `/CN=${name}`,
      "-addext",
      `subjectAltName=${subjects}`,
    ]),
    { stdio: "ignore" },
  );
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile };
}

export interface StuckOrigin {
  readonly url: string;
  close(): void;
}

/** Listens, and then does nothing at all; the queue of connections that the kernel takes for it is full. */
const STUCK = `
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** An origin that does not even take a connection. */
export async function startStuckOrigin(): Promise<StuckOrigin> {
  const child: ChildProcess = spawn(process.execPath, ["-e", STUCK], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("the origin has no output");
  const port = Number(String((await once(child.stdout, "data"))[0]));
  const fillers: Socket[] = [];
  do fillers.push(connect(port, "127.0.0.1"));
  while (await connectsSoon(fillers.at(-1) as Socket));
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      for (const filler of fillers) filler.destroy();
      child.kill("SIGKILL");
    },
  };
}

function connectsSoon(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 300);
    socket.on("error", () => {});
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
