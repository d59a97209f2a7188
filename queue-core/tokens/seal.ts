import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";
import { isCanonicalBase64url } from "./base64url.ts";
import { isCount } from "./token.ts";

/** How far a room's line has come. */
export interface SealedLine {
  readonly generation: number;
  readonly issued: number;
  readonly serving: number;
}

export interface SealKeys {
  readonly issuer: string;
  /** Newest first. */
  readonly sealKeys: readonly KeyObject[];
}

// Three numbers of at most 16 digits, written in one way only, and 32 bytes.
const sealForm = /^(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.([\w-]{43})$/;

/**
 * Seals a room's line as `generation.issued.serving.mac`. The oldest key seals: it is the one that all
 * gateways hold while a new key set is rolled out, and it needs no clock.
 */
export function seal(ring: SealKeys, line: SealedLine & { readonly room: string }): string {
  const key = ring.sealKeys.at(-1);
  if (key === undefined) throw new Error("a key ring holds at least one key of each kind");
  const whole = [line.generation, line.issued, line.serving].every(isCount);
  if (!whole) throw new Error("a line is sealed in whole numbers from 0");
  const text = `${line.generation}.${line.issued}.${line.serving}`;
  return `${text}.${mac(key, ring.issuer, line.room, text).toString("base64url")}`;
}

/** The line that a seal vouches for, by any key of the ring; null where it is not ours or not this room's. */
export function openSeal(ring: SealKeys, room: string, text: string): SealedLine | null {
  const [, generation, issued, serving, signature] = sealForm.exec(text) ?? [];
  if (signature === undefined || !isCanonicalBase64url(signature)) return null;
  const line = { generation: Number(generation), issued: Number(issued), serving: Number(serving) };
  if (!Object.values(line).every(Number.isSafeInteger)) return null;
  const given = Buffer.from(signature, "base64url");
  const sealed = text.slice(0, -signature.length - 1);
  const ours = ring.sealKeys.some((key) => timingSafeEqual(given, mac(key, ring.issuer, room, sealed)));
  return ours ? line : null;
}

/** A key of its own, derived from the ticket key, so that no seal can ever be taken for a ticket's MAC. */
export function importSealKey({ k }: { readonly k: string }): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", Buffer.from(k, "base64url"), "", "sluse-seal", 32)));
}

function mac(key: KeyObject, issuer: string, room: string, text: string): Buffer {
  return createHmac("sha256", key)
    .update(JSON.stringify([issuer, room, text]))
    .digest();
}
