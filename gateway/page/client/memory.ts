import type { Place } from "./place.ts";

/**
 * What the browser remembers of one room, until the visitor is let in. The place itself is the ticket, a cookie that
 * no script can read; this is for what the ticket does not say: how far the visitor has come since they joined, and the
 * key under which a join whose reply was lost gives the same number again. It is shared by tabs, so that two tabs opened
 * at once share one key and get one place. Where storage is refused the page does without.
 */
export type Memory = {
  place(): Place | null;
  keepPlace(place: Place): void;
  /** The key of the join under way; a new one if there is none. */
  joinKey(): string;
  /** The join was answered: the next one is another. */
  joinAnswered(): void;
  forget(): void;
};

export function memoryOf(room: string): Memory {
  const placeName = `sluse.place.${room}`;
  const keyName = `sluse.key.${room}`;
  let key: string | null = null;
  return {
    place: () => parsePlace(read(placeName)),
    keepPlace: (place) => write(placeName, JSON.stringify(place)),
    joinKey() {
      key ??= read(keyName) ?? randomKey();
      write(keyName, key);
      return key;
    },
    joinAnswered() {
      key = null;
      write(keyName, null);
    },
    forget: () => write(placeName, null),
  };
}

function read(name: string, storage = () => localStorage): string | null {
  try {
    return storage().getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string | null, storage = () => localStorage): void {
  try {
    if (value === null) storage().removeItem(name);
    else storage().setItem(name, value);
  } catch {
    // Refused or full: the page works without, from this load alone.
  }
}

function parsePlace(text: string | null): Place | null {
  try {
    const place = JSON.parse(text ?? "null") as Place | null;
    const fields = [place?.generation, place?.number, place?.serving, place?.servingAtJoin];
    return fields.every((field) => typeof field === "number") ? place : null;
  } catch {
    return null;
  }
}

/** 24 random bytes in base64url: 32 characters. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** A choice of this visitor for every room, such as a sound; off until it is made. */
export function isChosen(name: string): boolean {
  return read(`sluse.choice.${name}`) !== null;
}

export function choose(name: string, chosen: boolean): void {
  write(`sluse.choice.${name}`, chosen ? "yes" : null);
}

const ENTERED = "sluse.entered.";
const RETURNED_TOO_SOON_MS = 10_000;

/** Remembers, in this tab, that the visitor was sent on to the room's service. */
export function rememberEntry(room: string, nowMs: number): void {
  write(ENTERED + room, String(nowMs), () => sessionStorage);
}

/** True if this tab was sent on a moment ago and is back: the browser did not keep the pass, and going on again would loop. */
export function returnedTooSoon(room: string, nowMs: number): boolean {
  const enteredAtMs = Number(read(ENTERED + room, () => sessionStorage) ?? Number.NEGATIVE_INFINITY);
  write(ENTERED + room, null, () => sessionStorage);
  return nowMs - enteredAtMs < RETURNED_TOO_SOON_MS;
}

const ASKED = "sluse.asked ";

/** Before a change of language: the address first asked for, as the one with `lang=` in it is not it. */
export function rememberAsked(address: string, asked: string): void {
  write(ASKED + address, asked, () => sessionStorage);
}

/** The address first asked for by who is now at `address`. */
export function askedAt(address: string): string {
  return read(ASKED + address, () => sessionStorage) ?? address;
}
