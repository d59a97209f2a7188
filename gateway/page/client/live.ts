import { type HeardStatus, isStatus } from "./contract.ts";
import { type Band, intervalMs, jitteredMs, retryDelayMs, silenceMs } from "./pace.ts";

/** The news of the line: a WebSocket, and polling while it is away. */
export type Live = {
  /** Starts, or moves to another band. */
  watch(band: Band): void;
  /** Connects at once if the connection is not known to be good: after sleep, a change of network, a return to the tab. */
  refresh(): void;
  /** How often news should come now, in milliseconds. */
  everyMs(): number;
  stop(): void;
};

const DEFAULT_POLL_SECONDS = 5;

/**
 * @param base path of the room's API, ending in a slash
 * @param seal the seal to give back, so that a gateway that lost its state can put the line back
 * @param onStatus called with each document, in the order of arrival
 */
export function liveNews(
  base: string,
  seal: () => string | undefined,
  onStatus: (status: HeardStatus) => void,
): Live {
  let band: Band | null = null;
  let socket: WebSocket | null = null;
  let lost = 0;
  let pollSeconds = DEFAULT_POLL_SECONDS;
  let newsAtMs = 0;
  let reconnectTimer = 0;
  let silenceTimer = 0;
  let pollTimer = 0;

  function receive(status: unknown): boolean {
    if (!isStatus(status)) return false;
    newsAtMs = Date.now();
    pollSeconds = Math.max(1, status.pollSeconds || DEFAULT_POLL_SECONDS);
    onStatus(status);
    return true;
  }

  function connect(): void {
    disconnect();
    if (band === null) return;
    const opened = openSocket(`${base}live?band=${band}`);
    socket = opened;
    if (!opened) {
      reconnectLater();
      return;
    }
    listenFor(band);
    opened.onmessage = (event) => {
      if (socket !== opened || band === null) return;
      lost = 0;
      clearTimeout(pollTimer);
      listenFor(band);
      receive(parsed(String(event.data)));
    };
    opened.onclose = () => {
      if (socket === opened) reconnectLater();
    };
  }

  /** A connection can be dead without saying so. */
  function listenFor(current: Band): void {
    clearTimeout(silenceTimer);
    silenceTimer = window.setTimeout(reconnectLater, silenceMs(intervalMs(current)));
  }

  function disconnect(): void {
    clearTimeout(reconnectTimer);
    clearTimeout(silenceTimer);
    const old = socket;
    socket = null;
    old?.close();
  }

  function reconnectLater(): void {
    disconnect();
    reconnectTimer = window.setTimeout(connect, retryDelayMs(lost, Math.random()));
    // The first attempts come before the first poll: a gateway that restarts costs no polls.
    if (lost === 0) pollLater();
    lost += 1;
  }

  function pollLater(atLeastMs = 0): void {
    clearTimeout(pollTimer);
    const delayMs = Math.max(atLeastMs, jitteredMs(pollSeconds * 1_000, Math.random()));
    pollTimer = window.setTimeout(poll, delayMs);
  }

  async function poll(): Promise<void> {
    clearTimeout(pollTimer);
    const known = seal();
    const headers: Record<string, string> = known ? { "Sluse-Seal": known } : {};
    const response = await fetch(`${base}status`, { headers }).catch(() => null);
    const heard = response?.ok ? receive(await response.json().catch(() => null)) : false;
    if (band === null || socket?.readyState === WebSocket.OPEN) return;
    pollLater(heard ? 0 : retryDelayMs(lost, Math.random()));
  }

  return {
    watch(wanted) {
      if (band === wanted) return;
      band = wanted;
      connect();
    },
    refresh() {
      if (band === null) return;
      const silentMs = Date.now() - newsAtMs;
      if (socket?.readyState === WebSocket.OPEN && silentMs < 2 * intervalMs(band)) return;
      lost = 0;
      connect();
      void poll();
    },
    everyMs: () =>
      band !== null && socket?.readyState === WebSocket.OPEN ? intervalMs(band) : pollSeconds * 1_000,
    stop() {
      band = null;
      disconnect();
      clearTimeout(pollTimer);
    },
  };
}

/** Null where the page's policy or a proxy does not allow it: polling does the work then. */
function openSocket(path: string): WebSocket | null {
  try {
    return new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`);
  } catch {
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
