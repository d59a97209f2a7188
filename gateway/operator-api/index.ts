/**
 * The door to the operators' API: its types, its bounds, and what may be judged of its documents. The gateway, the
 * command line and the console all take these from here. The schemas have a door of their own (`schemas.ts`), so that
 * the console stays small.
 */
export * from "./alarms.ts";
export * from "./bounds.ts";
export * from "./change.ts";
export * from "./figures.ts";
export * from "./forecast.ts";
export * from "./known.ts";
export * from "./problems.ts";
export type * from "./replies.ts";
export * from "./roles.ts";
export * from "./settings.ts";
export * from "./trouble.ts";
