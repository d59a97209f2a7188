import { startsOf, writeAscii } from "../bytes.ts";
import { writeBase64url } from "./base64url.ts";
import type { HmacSha256 } from "./hmac-sha256.ts";
import type { Ticket } from "./ticket.ts";
import { isCount, isJti, maxTokenChars } from "./token.ts";

const DOT = 0x2e;
const JTI_CHARS = 22;
/** A dot and 32 bytes in base64url. */
const SIGNATURE_CHARS = 44;
/** The claims that are one visitor's own, as JSON, with room for 16 digits. */
const OWN_CLAIMS = `"jti":"${" ".repeat(JTI_CHARS)}","n":${" ".repeat(16)}}`;
const JTI_AT = OWN_CLAIMS.indexOf(" ");
const NUMBER_AT = OWN_CLAIMS.lastIndexOf(":") + 1;

/** All that the tickets of one moment in one room have in common; `iat` in whole seconds. */
interface Common {
  readonly issuer: string;
  readonly room: string;
  readonly generation: number;
  readonly issued: number;
  readonly serving: number;
  readonly iat: number;
}

/**
 * Signs tickets by one key. Those who join together differ in their identity and number only: all before those, three
 * quarters of a ticket, is encoded once and stays where the next one is signed.
 */
export class TicketSigner {
  readonly #mac: HmacSha256;
  readonly #textStart: (bytes: number) => Buffer;
  readonly #header: string;
  readonly #own = Buffer.from(OWN_CLAIMS);
  #common: Common = { issuer: "", room: "", generation: -1, issued: -1, serving: -1, iat: -1 };
  #commonEnd = 0;

  /** `mac` is this signer's alone. `header`: encoded. */
  constructor(mac: HmacSha256, header: string) {
    this.#mac = mac;
    this.#textStart = startsOf(mac.text);
    this.#header = header;
  }

  /** Writes the signed ticket into `memory`; returns where it ends. Throws on what no gateway would accept. */
  write(issuer: string, ticket: Ticket, memory: Buffer, start: number): number {
    const { jti, number } = ticket;
    if (!isJti(jti) || !isCount(number))
      throw new Error("a ticket has whole numbers from 0 and a jti of 22 characters");
    if (!this.#sharesCommon(issuer, ticket)) this.#encodeCommon(issuer, ticket);
    writeAscii(jti, this.#own, JTI_AT);
    const ownEnd = writeAscii(`${number}}`, this.#own, NUMBER_AT);
    const end = writeBase64url(this.#own, ownEnd, this.#mac.text, this.#commonEnd);
    if (end + SIGNATURE_CHARS > maxTokenChars)
      throw new Error(`a ticket of more than ${maxTokenChars} characters`);
    memory.set(this.#textStart(end), start);
    memory[start + end] = DOT;
    return writeAscii(this.#mac.sign(end), memory, start + end + 1);
  }

  #sharesCommon(issuer: string, ticket: Ticket): boolean {
    const common = this.#common;
    return (
      ticket.issued === common.issued &&
      ticket.serving === common.serving &&
      ticket.generation === common.generation &&
      Math.floor(ticket.issuedAtMs / 1000) === common.iat &&
      ticket.room === common.room &&
      issuer === common.issuer
    );
  }

  #encodeCommon(issuer: string, { room, generation, issued, serving, issuedAtMs }: Ticket): void {
    const iat = Math.floor(issuedAtMs / 1000);
    if (![generation, issued, serving, iat, iat * 1000].every(isCount))
      throw new Error("a ticket has whole numbers from 0");
    const claims = JSON.stringify({ iss: issuer, aud: room, gen: generation, hw: [issued, serving], iat });
    const encoded = `${this.#header}.${wholeGroups(`${claims.slice(0, -1)},`).toString("base64url")}`;
    this.#commonEnd = this.#mac.text.write(encoded);
    this.#common = { issuer, room, generation, issued, serving, iat };
  }
}

/** JSON to which spaces are added, so that base64 can go on after it: four characters stand for three bytes. */
function wholeGroups(json: string): Buffer {
  const bytes = Buffer.byteLength(json);
  return Buffer.from(json + " ".repeat((3 - (bytes % 3)) % 3));
}
