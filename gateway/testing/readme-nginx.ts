import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, testFolder } from "./gateway-process.ts";
import { until } from "./visitor.ts";

export interface TestNginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's nginx with the very configuration that `gateway/visitor/README.md` gives, before this gateway and this service. */
export async function startReadmeNginx(gatewayUrl: string, serviceUrl: string): Promise<TestNginx> {
  const readme = readFileSync(fileURLToPath(new URL("../visitor/README.md", import.meta.url)), "utf8");
  const server = /```nginx\n([\s\S]*?)```/.exec(readme)?.[1];
  if (server === undefined) throw new Error("gateway/visitor/README.md has no nginx configuration");
  const port = await freePort();
  const folder = testFolder();
  const here = server
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replaceAll("127.0.0.1:8080", new URL(gatewayUrl).host)
    .replaceAll("127.0.0.1:3000", new URL(serviceUrl).host);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const file = join(folder, "nginx.conf");
  const main = `daemon off; worker_processes 1; pid ${join(folder, "pid")}; error_log stderr crit; events {}`;
  writeFileSync(file, `${main}\nhttp { access_log off; ${temporary.join(" ")}\n${here}}\n`);
  const child = spawn("nginx", ["-c", file, "-p", folder, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await until("nginx", () =>
    fetch(`${url}/_sluse/healthz`).then(
      (reply) => reply.ok,
      () => false,
    ),
  );
  return { url, stop: () => stopped(child) };
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
