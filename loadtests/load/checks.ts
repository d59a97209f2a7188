import type { CrowdView } from "../crowd/crowd.ts";

/** What was seen at one moment, of all waves together. */
export interface Sample {
  readonly atSeconds: number;
  readonly admitted: number;
  readonly waiting: number;
  /** People inside the service, as it says itself. */
  readonly inside: number;
}

/** A scenario that has run. */
export interface Outcome {
  readonly outflowPerMinute: number;
  /** 0: no bound. */
  readonly capacity: number;
  readonly servesAll: boolean;
  /** Nobody needs to be let in: requests go through without a pass. */
  readonly ungated: boolean;
  readonly samples: readonly Sample[];
  /** The last view of each wave. */
  readonly waves: readonly CrowdView[];
  /** Requests of the storm that were answered as an admitted visitor's are; 0 without one. */
  readonly stormLetIn: number;
  readonly stormAnswered: number;
}

/** One thing that must hold, in words, and whether it did. */
export interface Verdict {
  readonly what: string;
  readonly held: boolean;
  /** What was seen. */
  readonly seen: string;
}

export type Check = (outcome: Outcome) => Verdict;

/** Replies cross on the way: what was granted before a sample may be seen after it. */
const CROSSING_SECONDS = 2;
const CREDIT_CAP_SECONDS = 2;

/** What must hold whatever the peak. */
export const EVERYWHERE: readonly Check[] = [orderKept, outflowKept, serviceWell, served];

export function orderKept({ waves }: Outcome): Verdict {
  const overtaken = sum(waves, "inversions");
  const twice = sum(waves, "duplicateNumbers");
  const backwards = sum(waves, "servingFell");
  return {
    what: "nobody is overtaken, no number is given twice, the line never goes back",
    held: overtaken + twice + backwards === 0,
    seen: `${overtaken} overtaken, ${twice} twice, ${backwards} back`,
  };
}

/** In no stretch of time are more let in than the outflow earns in it and the cap of the credit. */
export function outflowKept({ samples, outflowPerMinute, ungated }: Outcome): Verdict {
  const perSecond = outflowPerMinute / 60;
  let most = 0;
  // How far above the outflow's line the admissions have risen since their lowest point under it.
  let lowest = 0;
  for (const { atSeconds, admitted } of samples) {
    const above = admitted - perSecond * atSeconds;
    lowest = Math.min(lowest, above);
    most = Math.max(most, above - lowest);
  }
  const allowed = perSecond * (CREDIT_CAP_SECONDS + CROSSING_SECONDS) + 1;
  return {
    what: "no more are let in than the outflow, and two seconds of it at most in advance",
    held: ungated || most <= allowed,
    seen: ungated
      ? "not gated"
      : `${Math.round(most)} above the outflow's line; ${Math.round(allowed)} allowed`,
  };
}

export function serviceWell({ waves }: Outcome): Verdict {
  const refused = sum(waves, "refused");
  const crashes = Math.max(...waves.map((wave) => wave.crashes));
  return {
    what: "the service answers everybody who was let in, and does not crash",
    held: refused + crashes === 0,
    seen: `${sum(waves, "answered")} answered, ${refused} refused, ${crashes} crashes`,
  };
}

export function served({ waves, servesAll }: Outcome): Verdict {
  const [all, done, away] = [sum(waves, "visitors"), sum(waves, "served"), sum(waves, "noShows")];
  const gaveUp = sum(waves, "gaveUp");
  return {
    what: servesAll ? "everybody who comes when called is served" : "nobody gives up",
    held: servesAll ? done + away === all : gaveUp === 0,
    seen: `${done} of ${all} served, ${away} stayed away, ${gaveUp} gave up`,
  };
}

/** After a hard stop, all who are still in line are told so, and those inside finish. */
export function theRestWereTold({ waves }: Outcome): Verdict {
  const told = sum(waves, "toldClosed");
  const inside = sum(waves, "inside");
  const unserved = sum(waves, "visitors") - sum(waves, "served");
  return {
    what: "who is still in line at the stop is told so; who is inside finishes",
    held: told > 0 && told >= unserved && inside === 0,
    seen: `${told} told that it is closed, of ${unserved} who did not come in; ${inside} left inside`,
  };
}

/** Whoever asks a thousand times a second without a place gains nothing, and is answered all the same. */
export function noBotLetIn({ stormAnswered, stormLetIn }: Outcome): Verdict {
  return {
    what: "no bot is let in",
    held: stormAnswered > 0 && stormLetIn === 0,
    seen: `${stormLetIn} of ${stormAnswered} requests of bots`,
  };
}

/** Where nobody logs out, places come free as sessions end. */
export function placesCameFree({ waves, capacity }: Outcome): Verdict {
  const admitted = sum(waves, "admitted");
  return {
    what: "places come free though nobody logs out",
    held: capacity > 0 && admitted > 2 * capacity,
    seen: `${admitted} let in, ${capacity} at once at most`,
  };
}

export function nobodyGotATicket({ waves }: Outcome): Verdict {
  const issued = Math.max(...waves.map(({ line }) => line?.issued ?? 0));
  return { what: "nobody has to take a number", held: issued === 0, seen: `${issued} numbers given` };
}

/** A count of all waves together. */
export function sum(waves: readonly CrowdView[], of: CountName): number {
  return waves.reduce((total, wave) => total + wave[of], 0);
}

type CountName = {
  [Name in keyof CrowdView]: CrowdView[Name] extends number ? Name : never;
}[keyof CrowdView];
