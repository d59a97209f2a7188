import { signal } from "@preact/signals";
import { type Route, routeOf } from "./route.ts";

/** Where in the console one is now. */
export const here = signal<Route>(routeOf(location.hash));

addEventListener("hashchange", () => {
  here.value = routeOf(location.hash);
});
