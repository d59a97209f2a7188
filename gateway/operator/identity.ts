import { cookiesOf, readCookie } from "#core/door";
import { mayDo, type Role } from "#operator-api";
import { headerOf, type Request } from "../http/request.ts";
import type { Log } from "../log.ts";
import { bearerOf } from "./bearer.ts";
import { Lockout } from "./lockout.ts";
import type { Problem } from "./problems.ts";
import type { Operator, TokenBook } from "./roles.ts";
import { SESSION_MOST_MS, type Session, Sessions } from "./sessions.ts";

const SESSION_COOKIE = "sluse_operator";
/** The console sends it with every request; a page of another origin cannot without being refused by the browser. */
const CONSOLE_HEADER = "sluse-console";
const SAFE_METHODS = ["GET", "HEAD"];

const UNAUTHORIZED: Problem = {
  problem: "unauthorized",
  headers: [["www-authenticate", 'Bearer realm="sluse"']],
};

/** Who asks: by a bearer token, as programs do, or by the session of a console that has logged in with one. */
export interface Identity {
  /** The one who asks, if they may do what takes `least`. `address`: where the request comes from. */
  authorize(request: Request, address: string, least: Role): Operator | Problem;
  /** Opens a session for a token's holder. */
  logIn(request: Request, address: string, token: string): (Session & { readonly cookie: string }) | Problem;
  /** The session that the request carries, which is thereby used. */
  session(request: Request): Session | Problem;
  /** Ends the request's session, and gives the cookie that takes it out of the browser. */
  logOut(request: Request): { readonly cookie: string } | Problem;
}

/** `now`: epoch ms. */
export function createIdentity(book: TokenBook, log: Log, now: () => number): Identity {
  const sessions = new Sessions(now);
  const lockout = new Lockout(now);

  function refused(
    request: Request,
    address: string,
    problem: Problem,
    who: Operator | null = null,
  ): Problem {
    const { method, path } = request;
    log.warn(
      {
        event: "operator-refused",
        method,
        path,
        address,
        why: problem.problem,
        ...(who && { actor: who.name }),
      },
      "an operator's request was refused",
    );
    return problem;
  }

  function byToken(request: Request, address: string, token: string): Operator | Problem {
    const waitSeconds = lockout.waitSeconds(address);
    // Not logged: the guesses that led here were.
    if (waitSeconds > 0) return { problem: "locked-out", headers: [["retry-after", String(waitSeconds)]] };
    const operator = book(token);
    if (operator !== null) return operator;
    lockout.wrong(address, token);
    return refused(request, address, UNAUTHORIZED);
  }

  function session(request: Request): Session | Problem {
    const id = sessionIdOf(request);
    if (id === undefined) return UNAUTHORIZED;
    return foreignness(request) ?? sessions.use(id) ?? UNAUTHORIZED;
  }

  function identify(request: Request, address: string): Operator | Problem {
    const token = bearerOf(request);
    if (token !== undefined) return byToken(request, address, token);
    const found = session(request);
    return "operator" in found ? found.operator : refused(request, address, found);
  }

  return {
    session,
    authorize(request, address, least) {
      const operator = identify(request, address);
      if ("problem" in operator || mayDo(operator.role, least)) return operator;
      return refused(
        request,
        address,
        { problem: "forbidden", extra: { role: operator.role, least } },
        operator,
      );
    },
    logIn(request, address, token) {
      const foreign = foreignness(request);
      if (foreign !== null) return refused(request, address, foreign);
      const operator = byToken(request, address, token);
      if ("problem" in operator) return operator;
      const id = sessions.open(operator);
      log.info(
        { event: "operator-logged-in", actor: operator.name, role: operator.role, address },
        "logged in",
      );
      const opened = sessions.use(id);
      if (opened === null) throw new Error("a session that was just opened is gone");
      return { ...opened, cookie: sessionCookie(request, id, SESSION_MOST_MS / 1_000) };
    },
    logOut(request) {
      const foreign = foreignness(request);
      if (foreign !== null) return foreign;
      const id = sessionIdOf(request);
      if (id !== undefined) sessions.end(id);
      return { cookie: sessionCookie(request, "", 0) };
    },
  };
}

function sessionIdOf(request: Request): string | undefined {
  return readCookie(cookiesOf(request), SESSION_COOKIE);
}

/**
 * Why a request with a cookie is not the console's own doing. A service on another port of this very host is of the
 * same site, so `SameSite=Strict` alone does not keep its pages out.
 */
function foreignness(request: Request): Problem | null {
  if (headerOf(request, CONSOLE_HEADER) === undefined) return { problem: "foreign-origin" };
  const origin = headerOf(request, "origin");
  if (origin === undefined)
    return SAFE_METHODS.includes(request.method) ? null : { problem: "foreign-origin" };
  const own = URL.canParse(origin) && new URL(origin).host === request.host.toLowerCase();
  return own ? null : { problem: "foreign-origin" };
}

function sessionCookie(request: Request, id: string, maxAgeSeconds: number): string {
  // What ends TLS stands before the gateway: only the browser knows whether it was there.
  const secure = headerOf(request, "origin")?.startsWith("https:") ? "; Secure" : "";
  return `${SESSION_COOKIE}=${id}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Strict${secure}`;
}
