import { useEffect, useRef } from "preact/hooks";
import { here } from "../here.ts";
import { connection, leave, session } from "../live.ts";
import { Appearance } from "../parts/appearance.tsx";
import { Beat, Lost } from "../parts/connection.tsx";
import { Mark } from "../parts/icons.tsx";
import { Notice } from "../parts/notice.tsx";
import { Review } from "../parts/review.tsx";
import { texts } from "../preferences.ts";
import { hrefOf, type Route } from "../route.ts";
import { AuditView } from "./audit.tsx";
import { LogIn } from "./log-in.tsx";
import { OverviewView } from "./overview.tsx";
import { RoomView } from "./room.tsx";

export function App() {
  if (session.value === undefined) return <p class="waiting-to-start">{texts.value.live.connecting}</p>;
  if (session.value === null) return <LogIn />;
  return (
    <div class="console" data-connection={connection.value}>
      <button type="button" class="skip" onClick={toContent}>
        {texts.value.skip}
      </button>
      <Header />
      <Lost />
      <main id="content" tabIndex={-1}>
        <View />
      </main>
      <Notice />
      <Review />
    </div>
  );
}

/** A button, as the address's fragment says where in the console one is. */
function toContent(): void {
  document.getElementById("content")?.focus();
}

function View() {
  const to = here.value;
  const shown = useRef<Route | null>(null);
  useEffect(() => {
    // A screen reader is told where it has come; not at the very first view.
    if (shown.current !== null) document.querySelector<HTMLElement>("h1")?.focus();
    shown.current = to;
    scrollTo(0, 0);
  }, [to]);
  if (to.view === "audit") return <AuditView room={to.room} key={to.room} />;
  if (to.view === "room") return <RoomView id={to.room} key={to.room} />;
  return <OverviewView />;
}

function Header() {
  const { nav, title } = texts.value;
  const { view } = here.value;
  return (
    <header class="top">
      <a class="brand" href={hrefOf({ view: "overview" })}>
        <Mark />
        <span>
          Sluse <small>{title}</small>
        </span>
      </a>
      <nav aria-label={nav.label}>
        <a href={hrefOf({ view: "overview" })} aria-current={view === "audit" ? undefined : "page"}>
          {nav.overview}
        </a>
        <a href={hrefOf({ view: "audit", room: null })} aria-current={view === "audit" ? "page" : undefined}>
          {nav.audit}
        </a>
      </nav>
      <Who />
    </header>
  );
}

function Who() {
  const who = session.value;
  return (
    <div class="who">
      <Beat />
      {who && (
        <span class="name">
          {who.name} <small>{texts.value.roles[who.role]}</small>
        </span>
      )}
      <Appearance />
      <button type="button" class="plain" onClick={() => void leave()}>
        {texts.value.logOut}
      </button>
    </div>
  );
}
