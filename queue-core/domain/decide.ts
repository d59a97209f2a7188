import type { Mode } from "./settings.ts";
import type { LapsedUse } from "./visitors.ts";

/** What is known of a request under a room's path when it must be decided what to do with it. */
export interface RequestFacts {
  readonly mode: Mode;
  /** The room would let a newcomer in at once, as far as is known here. */
  readonly quiet: boolean;
  /** The store cannot be asked now. */
  readonly storeDown: boolean;
  readonly whenStoreDown: "hold" | "open";
  /** `stale`: to be renewed (`RENEWAL_SHARE_PERMILLE`); `grace`: past its end, within the grace; `none`: no good pass. */
  readonly pass: "live" | "stale" | "grace" | "none";
  readonly ungated: boolean;
  /** A browser goes to a page, and can be shown another one instead (PROTOCOL "navigation"). */
  readonly navigation: boolean;
  /** Asks for a WebSocket or an event stream, which needs a session. */
  readonly lasting: boolean;
  /** POST, PUT, PATCH or DELETE: a form that must not be lost. */
  readonly unsafeMethod: boolean;
  /** Carries a ticket whose number has been called. */
  readonly called: boolean;
}

/**
 * - `forward`: on to the service. `renew`: keep the session open first, then on to the service. `resume`: ask what a
 *   lapsed pass is still good for (`lapsedUseOf`); where it is for nothing, what is decided without a pass.
 * - `claim`: ask the gate with the called ticket. `enter`: ask for a session in a quiet room.
 *   `pass-through`: ask for one request in a quiet room, which opens nothing that lasts. Refused, a navigation is shown
 *   the page, and any other must wait.
 * - `page`: the waiting page. `must-wait`: the same for a program. `closed`: nobody comes in.
 */
export type Decision =
  | "forward"
  | "renew"
  | "resume"
  | "claim"
  | "enter"
  | "pass-through"
  | "page"
  | "must-wait"
  | "closed";

/** The one decision about a request; gateway, forward-auth and edge worker all ask here. */
export function decide(facts: RequestFacts): Decision {
  if (facts.ungated || facts.pass === "live") return "forward";
  if (facts.pass === "stale") return mayRenew(facts) ? "renew" : "forward";
  if (facts.pass === "grace" && facts.storeDown && facts.unsafeMethod) return "forward";
  if (facts.pass === "grace" && !facts.storeDown && facts.mode !== "open") return "resume";
  if (facts.mode === "closed") return "closed";
  if (facts.mode === "open") return "forward";
  if (facts.storeDown) return whileStoreIsDown(facts);
  if (facts.navigation && facts.called) return "claim";
  if (facts.quiet) return facts.navigation || facts.lasting ? "enter" : "pass-through";
  return facts.navigation ? "page" : "must-wait";
}

/** Renewals set a cookie, so they ride on replies that a browser stores cookies of reliably. */
function mayRenew({ navigation, unsafeMethod, storeDown }: RequestFacts): boolean {
  return (navigation || unsafeMethod) && !storeDown;
}

/** What a request with a lapsed pass asks of it; `look`: what lasts needs the session itself. */
export function lapsedUseOf({ navigation, lasting, unsafeMethod }: RequestFacts): LapsedUse | "look" {
  if (lasting) return "look";
  if (unsafeMethod) return navigation ? "form" : "save";
  return navigation ? "page" : "part";
}

/** An outage opens a room that lets people in; not one that an operator stopped, nor one before its opening time. */
function whileStoreIsDown({ mode, whenStoreDown, navigation }: RequestFacts): Decision {
  if (mode === "queue" && whenStoreDown === "open") return "forward";
  return navigation ? "page" : "must-wait";
}
