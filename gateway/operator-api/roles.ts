/** What somebody may do, each including the one before: look; change a room; also reset its line. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** The least role that each kind of request takes. */
export const LEAST_ROLE = { look: "viewer", change: "operator", reset: "admin" } as const;

/** Tells whether somebody of this role may do what takes at least `least`. */
export function mayDo(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
