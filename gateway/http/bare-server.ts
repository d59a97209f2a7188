/**
 * The raw limit that `npm run bench` measures beside: uWebSockets.js answering two bytes, nothing else.
 * Prints its port as `{"event":"listening","port":N}`; ends with the process that started it.
 */
import { uws } from "./uws.ts";

uws
  .App()
  .any("/*", (res) => {
    res.end("ok");
  })
  .listen("127.0.0.1", 0, (socket) => {
    if (!socket) throw new Error("no port to listen on");
    process.stdout.write(
      `${JSON.stringify({ event: "listening", port: uws.us_socket_local_port(socket) })}\n`,
    );
  });
process.stdin.resume();
// Whoever started it has gone: an open port would keep it here.
process.stdin.once("end", () => process.exit(0));
