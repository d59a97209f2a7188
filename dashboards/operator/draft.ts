import { type AuditEntry, type Bilingual, type KnownRoom, SETTINGS, type Settings } from "./contract.ts";

/** What an operator is about to change: the fields that will differ. */
export type Draft = Partial<Settings>;

/** One field of a draft. */
export interface Difference {
  readonly field: keyof Settings;
  readonly from: unknown;
  readonly to: unknown;
}

/** Why a change asks for the room's name. */
export type Danger = "open" | "doubled" | "reset";

/** A change that waits for its reason: of settings, or a reset of the line. */
export type Proposal =
  | { readonly kind: "change"; readonly draft: Draft; readonly reason: string }
  | { readonly kind: "reset" };

/** The draft with a field set; without the field where that is its value already. */
export function withField<Field extends keyof Settings>(
  draft: Draft,
  settings: Settings,
  field: Field,
  value: Settings[Field],
): Draft {
  const { [field]: _, ...others } = draft;
  return same(value, settings[field]) ? (others as Draft) : { ...draft, [field]: value };
}

/** The language whose readers would see no message, though others see one; null: all see it, or nobody. */
export function silentIn(message: Bilingual | null | undefined): keyof Bilingual | null {
  if (!message) return null;
  const [da, en] = [message.da.trim() !== "", message.en.trim() !== ""];
  if (da === en) return null;
  return da ? "en" : "da";
}

/** What a draft would change in the room as it stands now. */
export function differencesOf(draft: Draft, settings: Settings): readonly Difference[] {
  return SETTINGS.filter((field) => field in draft && !same(draft[field], settings[field])).map((field) => ({
    field,
    from: settings[field],
    to: draft[field],
  }));
}

/** Why a proposal must be confirmed by the room's name; null: it need not. */
export function dangerOf(proposal: Proposal, settings: Settings): Danger | null {
  if (proposal.kind === "reset") return "reset";
  const { mode, outflowPerMinute = 0 } = proposal.draft;
  if (mode === "open" && settings.mode !== "open") return "open";
  return outflowPerMinute > 2 * settings.outflowPerMinute ? "doubled" : null;
}

/** The fields that a change set, as an audit entry or a difference has them. */
type Changes = readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];

/** The draft that takes a change back; null where that cannot be done, as with a reset. */
export function undoing({ action, changes }: Pick<AuditEntry, "action" | "changes">): Draft | null {
  if (action === "reset" || changes.length === 0) return null;
  const known: readonly string[] = SETTINGS;
  if (changes.some(({ field }) => !known.includes(field))) return null;
  return Object.fromEntries(changes.map(({ field, from }) => [field, from]));
}

/** Whether all that a change set is still so: what was taken back, or set anew, is not to be undone again. */
export function isInForce(changes: Changes, settings: Settings): boolean {
  const now: Readonly<Record<string, unknown>> = { ...settings };
  return changes.every(({ field, to }) => same(now[field], to));
}

/** When those who wait now are through. */
export type Forecast =
  | { readonly kind: "nobody-waits" | "stands-still" | "all-come-in" }
  /** `perMinute` is the pace; `boundByCapacity` where sessions do not end fast enough for the whole outflow. */
  | {
      readonly kind: "through";
      readonly atMs: number;
      readonly perMinute: number;
      readonly boundByCapacity: boolean;
    };

/** What a draft means for those who wait. */
export function forecastOf({ settings, state }: KnownRoom, draft: Draft, nowMs: number): Forecast {
  const { mode, opensAt, outflowPerMinute, capacity, sessionSeconds } = { ...settings, ...draft };
  const opensAtMs = opensAt === null ? 0 : Date.parse(opensAt);
  if (mode === "open" && opensAtMs <= nowMs) return { kind: "all-come-in" };
  if (state.waiting === 0) return { kind: "nobody-waits" };
  if (mode === "hold" || mode === "closed") return { kind: "stands-still" };
  // Setting the mode ends the pause of a rebuilt line.
  const pause = draft.mode === undefined ? state.pause : null;
  if (pause?.until === null) return { kind: "stands-still" };
  const fromMs = Math.max(nowMs, opensAtMs, pause?.until ?? 0);
  // Opened at its opening time, it has no pace.
  if (mode === "open")
    return { kind: "through", atMs: fromMs, perMinute: Number.POSITIVE_INFINITY, boundByCapacity: false };
  const boundPerMinute =
    capacity === 0 ? Number.POSITIVE_INFINITY : capacity / sessionMinutes(state, sessionSeconds);
  const perMinute = Math.min(outflowPerMinute, boundPerMinute);
  // Whoever does not come when called costs the line no time.
  const coming = state.waiting * Math.max(0.05, state.showRate);
  const atMs = fromMs + (coming / perMinute) * 60_000;
  return { kind: "through", atMs, perMinute, boundByCapacity: perMinute < outflowPerMinute };
}

/** How long people stay inside, by how many are and how many come in; their full length where that says nothing. */
function sessionMinutes({ sessions, admittedPerMinute }: KnownRoom["state"], sessionSeconds: number): number {
  const longest = sessionSeconds / 60;
  if (sessions === 0 || admittedPerMinute === 0) return longest;
  return Math.min(longest, sessions / admittedPerMinute);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
