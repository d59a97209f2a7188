import { RENEWAL_SHARE_PERMILLE } from "#core";
import type { Room } from "../room/room.ts";

/** A pass that lets a request through; the token goes on to the service. */
export interface Admission {
  readonly jti: string;
  readonly token: string;
  readonly expiresAtMs: number;
}

/**
 * By what right a request goes on to the service. `session`: a good pass. `grace`: one past its end, for a form and
 * what it leads to. `one-request`: let through a quiet room. `open`: without a pass where everybody comes in. `ungated`: the path needs none.
 */
export type Grounds = "session" | "grace" | "one-request" | "open" | "ungated";

/**
 * How long what a request opened at the service may go on: a socket, a stream, a long download. What has a session ends
 * with it, and renews it by what goes over it: past half of its length, so that a busy socket asks the store no more
 * often than a page does. Whatever is gated ends as an operator ends all sessions.
 */
export class Stay {
  readonly #room: Room;
  readonly #grounds: Grounds;
  readonly #enteredAtMs: number;
  /** Null: without a session. */
  readonly #jti: string | null;
  /** Of the session, as far as is known here; a page elsewhere may have renewed it. */
  #endsAtMs: number;
  #isAsking = false;
  #isOver = false;

  constructor(room: Room, pass: Admission | null, grounds: Grounds) {
    this.#room = room;
    this.#grounds = grounds;
    this.#enteredAtMs = room.now();
    this.#jti = grounds === "session" && pass !== null ? pass.jti : null;
    this.#endsAtMs = pass?.expiresAtMs ?? 0;
  }

  /** Asked from time to time; `used`: something went over it, either way, since the last time. */
  goesOn(used: boolean): boolean {
    if (this.#grounds === "ungated") return true;
    const { snapshot } = this.#room;
    if ((snapshot?.settings.passesNotBeforeMs ?? 0) > this.#enteredAtMs) return false;
    if (this.#jti === null) return true;
    if (this.#isOver || this.#room.hasEnded(this.#jti)) return false;
    const leftMs = this.#endsAtMs - this.#room.now();
    if (leftMs <= 0) this.#look(this.#jti, used);
    else if (used && leftMs < unrenewedMs(snapshot?.settings.sessionSeconds ?? 0)) this.#renew(this.#jti);
    return true;
  }

  #renew(jti: string): void {
    this.#ask((done) => this.#room.renew(jti, done));
  }

  /** It may have been renewed by others: whether it has lapsed only the store knows. */
  #look(jti: string, used: boolean): void {
    this.#ask(
      (done) => this.#room.lookAtSession(jti, done),
      () => {
        if (used) this.#renew(jti);
      },
    );
  }

  /** One question at a time. Without the store nothing is known, and it goes on. */
  #ask(ask: (done: Parameters<Room["renew"]>[1]) => void, whenLive?: () => void): void {
    if (this.#isAsking || this.#room.state !== "up") return;
    this.#isAsking = true;
    ask((settled) => {
      this.#isAsking = false;
      if (!settled.ok) return;
      if (settled.outcome.state !== "live") this.#isOver = true;
      else {
        this.#endsAtMs = this.#room.now() + settled.outcome.remainingMs;
        whenLive?.();
      }
    });
  }
}

/** A session with less left than this is renewed by its next use. */
function unrenewedMs(sessionSeconds: number): number {
  return sessionSeconds * (1_000 - RENEWAL_SHARE_PERMILLE);
}
