/** What another process holds of this machine, as Linux tells it (proc(5)). */
import { readdirSync, readFileSync } from "node:fs";

/** Resident memory now, bytes. */
export function residentBytes(pid: number): number {
  return 1_024 * numberIn(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB$/m);
}

/** Open files and sockets. Reading them takes milliseconds where there are ten thousand. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** How many it may have open. Node raises its own soft limit to the hard one at its start. */
export function mostDescriptors(pid: number): number {
  return numberIn(`/proc/${pid}/limits`, /^Max open files\s+(\d+)/m);
}

function numberIn(file: string, pattern: RegExp): number {
  const found = pattern.exec(readFileSync(file, "utf8"));
  if (found === null) throw new Error(`${file} does not say ${pattern}`);
  return Number(found[1]);
}
