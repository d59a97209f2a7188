import { fill } from "#languages";
import { waitSentence } from "../wait-text.ts";
import type { HeardRoom, PortalData } from "./contract.ts";
import type { Formats } from "./view.ts";

/** How a service stands: free to walk in, a line, nobody let in, or not known. */
export type ListedState = "free" | "line" | "shut" | "unknown";

/** The line under a service on the portal: how long, and how many. */
export type ListedLine = {
  readonly wait: string;
  readonly waiting: string | null;
  readonly state: ListedState;
};

/** What the portal says of a service; `nowMs` is the time of what is known. */
export function listedWait(
  room: Omit<HeardRoom, "id">,
  texts: PortalData["texts"],
  formats: Formats,
  nowMs: number,
): ListedLine {
  const { portal } = texts;
  if (room.mode === "closed") return { wait: portal.closed, waiting: null, state: "shut" };
  if (room.mode === null || room.waiting === null)
    return { wait: texts.wait.unknown, waiting: null, state: "unknown" };
  const waiting = room.waiting > 0 ? formats.counted(portal.waiting, room.waiting) : null;
  if (room.mode === "hold") return { wait: pauseText(room, portal, formats, nowMs), waiting, state: "shut" };
  if (room.admitting === false) return { wait: portal.notAdmitting, waiting, state: "shut" };
  if (waiting === null || room.mode === "open") return { wait: portal.noQueue, waiting: null, state: "free" };
  const range = room.wait && { lowSeconds: room.wait[0], highSeconds: room.wait[1] };
  return { wait: waitSentence(range, texts.wait, formats.counted), waiting, state: "line" };
}

function pauseText(
  { opensAt }: Pick<HeardRoom, "opensAt">,
  { hold, opensToday, opensLater }: PortalData["texts"]["portal"],
  formats: Formats,
  nowMs: number,
): string {
  if (!opensAt || opensAt <= nowMs) return hold;
  const { text, today } = formats.opening(opensAt, nowMs);
  return fill(today ? opensToday : opensLater, { time: text });
}
