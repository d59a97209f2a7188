/** The door to the check of audit trails. Apart from `#core`, which needs no Node. */
export { type CheckedTrail, checkTrail, type TrailFault, type TrailToCheck } from "./check.ts";
export { keptText, readKept } from "./entry.ts";
