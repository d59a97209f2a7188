import { destination, type Logger, pino } from "pino";

export type Log = Logger;

/** Header and field names whose values are secrets, wherever they stand in what is logged. */
const SECRET = ["authorization", "cookie", "token", "ticket", "pass", "set-cookie", "sluse-pass"];

/** JSON lines on standard output; written synchronously so that the last line before an exit is kept. */
export function createLog(level = "info"): Log {
  return pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: "[secret]" },
    },
    destination({ dest: 1, sync: true }),
  );
}
