/** Debian's Jupyter Notebook, as its package brings it: an application with a log-in, files, and live updates. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort, testFolder } from "../testing/gateway-process.ts";
import { until } from "../testing/visitor.ts";

export const PASSWORD = "hemmeligt kodeord";
/** Where it is served, at its own address and through the gate alike. */
export const BASE_PATH = "/book/";
const START_MS = 45_000;

export interface Jupyter {
  /** Its own address, which visitors never see. */
  readonly url: string;
  /** Where it keeps its files. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function startJupyter(): Promise<Jupyter> {
  const home = testFolder();
  const folder = join(home, "files");
  mkdirSync(folder);
  const port = await freePort();
  const salt = "sluse";
  const hash = createHash("sha1")
    .update(PASSWORD + salt)
    .digest("hex");
  const child = spawn(
    "/usr/bin/jupyter-notebook",
    [
      "--no-browser",
      "--allow-root",
      "--ip=127.0.0.1",
      `--port=${port}`,
      "--port-retries=0",
      `--notebook-dir=${folder}`,
      `--NotebookApp.base_url=${BASE_PATH}`,
      `--NotebookApp.password=sha1:${salt}:${hash}`,
      // It would refuse the Host of a visitor who comes by a name. Its check of Origin against Host stays.
      "--NotebookApp.allow_remote_access=True",
      "--log-level=ERROR",
    ],
    // Its kernels warn of their own debugger there.
    { stdio: "ignore", env: { PATH: "/usr/bin:/bin", HOME: home } },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  process.once("exit", () => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await until("Jupyter", () => answers(`${url}${BASE_PATH}login`), START_MS);
  return {
    url,
    folder,
    async close() {
      // It ends its kernels on the way.
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
