/** The door to what all doors know of a request, over plain headers: pure, for a gateway as for a worker at the edge. */
export * from "./cookies.ts";
export * from "./credentials.ts";
export * from "./facts.ts";
export * from "./request.ts";
