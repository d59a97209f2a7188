/** The portal's front page: the links are there without this script; it adds the present waits. */
import { fill } from "../texts.ts";
import type { ListedRoom, PortalData } from "./contract.ts";
import { listedWait } from "./listed-wait.ts";
import { element, setText } from "./render.ts";
import { formatsFor } from "./view.ts";

const REFRESH_MS = 5_000;
const STALE_MS = 3 * REFRESH_MS;

const page = JSON.parse(element("page-data").textContent ?? "") as PortalData;
const formats = formatsFor(page.lang);
let updatedAtMs = 0;

async function refresh(): Promise<void> {
  if (document.hidden) return;
  const response = await fetch("/_sluse/rooms").catch(() => null);
  const list = response?.ok
    ? ((await response.json().catch(() => null)) as { rooms?: ListedRoom[] } | null)
    : null;
  if (list?.rooms) {
    updatedAtMs = Date.now();
    list.rooms.forEach(showRoom);
  }
  if (updatedAtMs === 0) return;
  const stale = Date.now() - updatedAtMs > STALE_MS;
  const text = stale ? page.texts.portal.stale : page.texts.portal.updated;
  setText("updated", fill(text, { time: formats.clock(updatedAtMs) }));
}

function showRoom(room: ListedRoom): void {
  const target = document.getElementById(`room-${room.id}`);
  if (!target) return;
  const { wait, waiting, state } = listedWait(room, page.texts, formats.number);
  target.dataset.state = state;
  target.hidden = false;
  setText(`wait-${room.id}`, wait);
  setText(`waiting-${room.id}`, waiting);
}

document.addEventListener("visibilitychange", () => void refresh());
window.addEventListener("online", () => void refresh());
window.setInterval(() => void refresh(), REFRESH_MS);
void refresh();
