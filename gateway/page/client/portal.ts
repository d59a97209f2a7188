/** The portal's front page: the links are there without this script; it adds the present waits. */
import { fill } from "#languages";
import type { HeardList, PortalData } from "./contract.ts";
import { listedWait } from "./listed-wait.ts";
import { element, setText } from "./render.ts";
import { formatsFor } from "./view.ts";

const REFRESH_MS = 4_000;
/** A list that is no newer for so long is said to be old: one that is a little late is not. */
const STALE_MS = 5_500;
const TICK_MS = 500;

const page = JSON.parse(element("page-data").textContent ?? "") as PortalData;
const formats = formatsFor(page.locale, page.texts.wait.clock);
let shown: HeardList | null = null;
/** By this browser's clock, which may differ from the one that the list is dated by. */
let newsAdvancedAtMs = 0;

async function refresh(): Promise<void> {
  if (document.hidden) return;
  // A browser that goes back to this page would take the list from its cache, however old.
  const response = await fetch("/_sluse/rooms", { cache: "no-store" }).catch(() => null);
  const list = response?.ok ? ((await response.json().catch(() => null)) as HeardList | null) : null;
  if (list?.rooms) {
    if (list.updatedAt !== shown?.updatedAt) newsAdvancedAtMs = Date.now();
    shown = list;
  }
  show();
}

function show(): void {
  if (shown === null) return;
  const { rooms, updatedAt } = shown;
  const stale = Date.now() - newsAdvancedAtMs > STALE_MS;
  for (const room of rooms) {
    const target = document.getElementById(`room-${room.id}`);
    if (!target) continue;
    const { wait, waiting, state } = listedWait(room, page.texts, formats, updatedAt ?? Date.now());
    target.dataset.state = stale ? "unknown" : state;
    target.hidden = false;
    setText(`wait-${room.id}`, wait);
    setText(`waiting-${room.id}`, waiting);
  }
  const text = stale ? page.texts.portal.stale : page.texts.portal.updated;
  setText("updated", updatedAt ? fill(text, { time: formats.clock(updatedAt) }) : null);
}

// What the page promises from here on is what this script does.
for (const part of document.querySelectorAll<HTMLElement>("[data-scripted]")) part.hidden = false;
document.addEventListener("visibilitychange", () => void refresh());
window.addEventListener("online", () => void refresh());
window.addEventListener("pageshow", (event) => event.persisted && void refresh());
window.setInterval(() => void refresh(), REFRESH_MS);
window.setInterval(show, TICK_MS);
void refresh();
