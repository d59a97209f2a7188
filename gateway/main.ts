/** `npm run gateway`: one gateway, settings from the environment. */
import { PrivateRedisError } from "#core/private-redis";
import { holdDataFolder, openDataFolder } from "./data-folder.ts";
import { startGateway } from "./gateway.ts";
import { createLog } from "./log.ts";
import { EXIT_WRONG_SETTINGS, readSettings, SettingsError, sharedFolderLine } from "./settings.ts";
import { startWorkers } from "./workers.ts";

const EXIT_FAULT = 1;

const log = createLog();

try {
  const settings = readSettings(process.env);
  openDataFolder(settings.dataFolder);
  // Workers share the folder of the process that started them.
  const isAlone = settings.worker !== null || (await holdDataFolder(settings.dataFolder));
  if (!isAlone) log.warn({ event: "data-folder-shared" }, sharedFolderLine(settings));
  const gateway =
    settings.workers > 1 ? await startWorkers(settings, log) : await startGateway(settings, log, isAlone);
  process.send?.("listening");
  let isStopping = false;
  const stop = async (signal: string) => {
    // Ctrl-C in a terminal reaches this process and the one that started it, which passes a signal on.
    if (isStopping) return;
    isStopping = true;
    log.info({ event: "stopping", signal }, "no new requests; running ones may end");
    await gateway.close();
    log.info({ event: "stopped" }, "stopped");
    // Whatever else is open, a timer or a connection, must not keep a gateway that has said it stopped.
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
} catch (error) {
  if (error instanceof SettingsError) {
    for (const problem of error.problems) log.error({ event: "wrong-settings" }, problem);
    // A part may have been opened already, and would keep the process: it does not start, and says so by its code.
    process.exit(EXIT_WRONG_SETTINGS);
  }
  const known = error instanceof PrivateRedisError;
  log.fatal(
    { event: "fault", error: known ? error.message : String((error as Error).stack) },
    "cannot start",
  );
  // As above: what was opened before the fault would keep the process.
  process.exit(EXIT_FAULT);
}
