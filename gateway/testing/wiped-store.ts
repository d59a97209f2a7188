/** A private store that forgets everything, as on a lost disk. For tests only. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { GatewayProcess } from "./gateway-process.ts";

/** Resolves when nothing is left in it. */
export async function wipePrivateStore({ folder }: Pick<GatewayProcess, "folder">): Promise<void> {
  const data = join(folder, "data");
  const name = readdirSync(data, { recursive: true, encoding: "utf8" }).find((each) =>
    each.endsWith(".sock"),
  );
  const socket = connect(join(data, name ?? ""));
  socket.end("FLUSHALL\r\n");
  const [reply] = await once(socket, "data");
  if (String(reply) !== "+OK\r\n") throw new Error(`the store replied ${String(reply)}`);
}
