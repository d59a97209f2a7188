import { HISTORY_SECONDS, type HistoryDocument } from "#operator-api";
import { type BadField, shown } from "../fields.ts";
import type { Log } from "../log.ts";
import { chartSpan, type History } from "./history.ts";
import { badQuery, isProblem, noRoom, type Problem } from "./problems.ts";
import { readPrometheus } from "./prometheus.ts";

/** What a history is read from. */
interface Recorded {
  readonly doors: ReadonlyMap<string, unknown>;
  readonly history: Pick<History, "read">;
  readonly settings: { readonly prometheusUrl: URL | null };
  readonly log: Log;
}

interface AskedHistory {
  readonly room: string;
  readonly seconds: number;
  readonly untilMs: number;
}

/** Answers `?room=&seconds=&until=`: from Prometheus where there is one that answers, else from this gateway's memory. */
export async function readHistory(
  { doors, history, settings, log }: Recorded,
  query: string | null,
  nowMs: number,
): Promise<HistoryDocument | Problem> {
  const asked = readHistoryQuery(query, nowMs);
  if (isProblem(asked)) return asked;
  // The room's name goes into Prometheus's queries: only one of our own may.
  if (!doors.has(asked.room)) return noRoom(doors.keys());
  const span = chartSpan(asked.seconds, asked.untilMs);
  const kept = () => history.read(asked.room, span);
  if (settings.prometheusUrl === null) return kept();
  return readPrometheus(settings.prometheusUrl, asked.room, span).catch((error: unknown) => {
    log.warn(
      { event: "prometheus-away", error: String(error) },
      "the history comes from the gateway's memory",
    );
    return kept();
  });
}

/** Anything else, or the same twice, is an error. */
function readHistoryQuery(query: string | null, nowMs: number): AskedHistory | Problem {
  const asked = new URLSearchParams(query ?? "");
  const errors: BadField[] = [];
  for (const name of new Set(asked.keys())) {
    const given = shown(asked.getAll(name).join(", "));
    const allowed = "not here; only room, seconds and until, once each";
    if (!["room", "seconds", "until"].includes(name) || asked.getAll(name).length > 1)
      errors.push({ field: name, given, allowed });
  }
  const seconds = wholeOf(asked, "seconds", HISTORY_SECONDS.usual);
  const untilMs = wholeOf(asked, "until", nowMs);
  const { least, most } = HISTORY_SECONDS;
  if (!(seconds >= least && seconds <= most)) {
    const allowed = `${least} to ${most}`;
    errors.push({ field: "seconds", given: shown(asked.get("seconds")), allowed });
  }
  if (!(untilMs >= 0)) {
    errors.push({ field: "until", given: shown(asked.get("until")), allowed: "ms since the epoch" });
  }
  return errors.length > 0 ? badQuery(errors) : { room: asked.get("room") ?? "", seconds, untilMs };
}

function wholeOf(asked: URLSearchParams, name: string, usual: number): number {
  const text = asked.get(name) ?? String(usual);
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
