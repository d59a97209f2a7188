/** Where in the console one is: in the address's fragment, so that back, reload and a link to a colleague work. */
export type Route =
  | { readonly view: "overview" }
  | { readonly view: "audit"; readonly room: string | null }
  | { readonly view: "room"; readonly room: string };

export function routeOf(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view, room = ""] = path.split("/");
  if (view === "audit") return { view: "audit", room: new URLSearchParams(query).get("room") };
  return view === "rooms" && room !== ""
    ? { view: "room", room: decodeURIComponent(room) }
    : { view: "overview" };
}

export function hrefOf(to: Route): string {
  if (to.view === "room") return `#/rooms/${encodeURIComponent(to.room)}`;
  if (to.view === "audit")
    return to.room === null ? "#/audit" : `#/audit?${new URLSearchParams({ room: to.room })}`;
  return "#/";
}
