import { fill } from "../texts.ts";
import { waitSentence } from "../wait-text.ts";
import type { ListedRoom, PortalData } from "./contract.ts";

/** How a service stands: free to walk in, a line, nobody let in, or not known. */
export type ListedState = "free" | "line" | "shut" | "unknown";

/** The line under a service on the portal: how long, and how many. */
export type ListedLine = {
  readonly wait: string;
  readonly waiting: string | null;
  readonly state: ListedState;
};

/** What the portal says of a service. */
export function listedWait(
  room: Pick<ListedRoom, "mode" | "waiting" | "wait">,
  texts: PortalData["texts"],
  number: (value: number) => string,
): ListedLine {
  const { portal } = texts;
  if (room.mode === "closed") return { wait: portal.closed, waiting: null, state: "shut" };
  if (room.mode === null || room.waiting === null)
    return { wait: texts.wait.unknown, waiting: null, state: "unknown" };
  const many = room.waiting === 1 ? portal.oneWaiting : portal.manyWaiting;
  const waiting = room.waiting > 0 ? fill(many, { n: number(room.waiting) }) : null;
  if (room.mode === "hold") return { wait: portal.hold, waiting, state: "shut" };
  if (waiting === null || room.mode === "open") return { wait: portal.noQueue, waiting: null, state: "free" };
  const range = room.wait && { lowSeconds: room.wait[0], highSeconds: room.wait[1] };
  return { wait: waitSentence(range, texts.wait), waiting, state: "line" };
}
