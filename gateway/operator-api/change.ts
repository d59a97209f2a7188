/** What a change of settings means: what it changes, whether it is dangerous, how it is taken back. */
import type { Texts } from "#languages";
import type { AuditEntryDocument } from "./replies.ts";
import { FIELD_NAMES, type SettingField, type Settings } from "./settings.ts";

/** What an operator is about to change: the fields that will differ. */
export type Draft = Partial<Settings>;

/** One field of a draft. */
export interface Difference {
  readonly field: SettingField;
  readonly from: unknown;
  readonly to: unknown;
}

/** Why a change asks for the room's name. */
export type Danger = "open" | "doubled" | "sessions" | "reset";

/** A change that waits for its reason: of settings, or a reset of the line. */
export type Proposal =
  | { readonly kind: "change"; readonly draft: Draft; readonly reason: string }
  | { readonly kind: "reset" };

/** The draft with a field set; without the field where that is its value already. */
export function withField<Field extends SettingField>(
  draft: Draft,
  settings: Settings,
  field: Field,
  value: Settings[Field],
): Draft {
  const { [field]: _, ...others } = draft;
  return same(value, settings[field]) ? (others as Draft) : { ...draft, [field]: value };
}

/**
 * The message with one language's text as it is written now. What is empty and was never said is not said to be silent:
 * there the message is read in another language. Null where nothing is left of it.
 */
export function withText(message: Texts | null, set: Texts | null, lang: string, text: string): Texts | null {
  const { [lang]: _, ...others } = message ?? {};
  const next = text === "" && set?.[lang] === undefined ? others : { ...message, [lang]: text };
  return Object.values(next).some((one) => one !== "") ? next : null;
}

/** What a draft would change in the room as it stands now. */
export function differencesOf(draft: Draft, settings: Settings): readonly Difference[] {
  return FIELD_NAMES.filter((field) => field in draft && !same(draft[field], settings[field])).map(
    (field) => ({
      field,
      from: settings[field],
      to: draft[field],
    }),
  );
}

/** Whether a proposal closes the room, so that it may put those inside out too. */
export function isClosing(proposal: Proposal): boolean {
  return proposal.kind === "change" && proposal.draft.mode === "closed";
}

/** Why a proposal must be confirmed by the room's name; null: it need not. `endSessions`: it puts those inside out too. */
export function dangerOf(proposal: Proposal, settings: Settings, endSessions: boolean): Danger | null {
  if (proposal.kind === "reset") return "reset";
  if (endSessions && isClosing(proposal)) return "sessions";
  const { mode, outflowPerMinute = 0 } = proposal.draft;
  if (mode === "open" && settings.mode !== "open") return "open";
  return outflowPerMinute > 2 * settings.outflowPerMinute ? "doubled" : null;
}

/** The fields that a change set, as an audit entry or a difference has them. */
type Changes = readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];

/** The draft that takes a change back; null where that cannot be done, as with a reset. */
export function undoing({ action, changes }: Pick<AuditEntryDocument, "action" | "changes">): Draft | null {
  if (action === "reset" || changes.length === 0) return null;
  const known: readonly string[] = FIELD_NAMES;
  if (changes.some(({ field }) => !known.includes(field))) return null;
  return Object.fromEntries(changes.map(({ field, from }) => [field, from]));
}

/** Whether all that a change set is still so: what was taken back, or set anew, is not to be undone again. */
export function isInForce(changes: Changes, settings: Settings): boolean {
  const now: Readonly<Record<string, unknown>> = { ...settings };
  return changes.every(({ field, to }) => same(now[field], to));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
