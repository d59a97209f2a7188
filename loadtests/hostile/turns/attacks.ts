import { EMPTY_TURNS } from "./empty-turns.ts";
import { MORE_PLACES } from "./more-places.ts";
import { MORE_TIME } from "./more-time.ts";
import type { TurnAttack } from "./turns.ts";

/** Every attack on the line itself. */
export const TURN_ATTACKS: readonly TurnAttack[] = [...MORE_PLACES, ...MORE_TIME, ...EMPTY_TURNS];
