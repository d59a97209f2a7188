import { fill } from "../texts.ts";
import { waitSentence } from "../wait-text.ts";
import type { ListedRoom, PortalData } from "./contract.ts";

/** How a service stands: free to walk in, a line, nobody let in. */
export type ListedState = "free" | "line" | "shut";

/** The line under a service on the portal. */
export function listedWait(
  room: Pick<ListedRoom, "mode" | "waiting" | "waitSeconds">,
  texts: PortalData["texts"],
  number: (value: number) => string,
): { text: string; state: ListedState } {
  if (room.mode === "closed") return { text: texts.portal.closed, state: "shut" };
  if (room.mode === "hold") return { text: texts.portal.hold, state: "shut" };
  if (room.waiting <= 0 || room.mode === "open") return { text: texts.portal.noQueue, state: "free" };
  const range = room.waitSeconds;
  const wait = waitSentence(range && { lowSeconds: range[0], highSeconds: range[1] }, texts.wait);
  const many = room.waiting === 1 ? texts.portal.oneWaiting : texts.portal.manyWaiting;
  return { text: `${wait} ${fill(many, { n: number(room.waiting) })}`, state: "line" };
}
