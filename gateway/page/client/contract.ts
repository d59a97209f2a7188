import type { PageTexts } from "#languages";
import type { JoinDocument, ListedRoom, RoomList, StatusDocument } from "../../visitor-documents.ts";

/** A document as a page may hear it: of what came in `Later` a gateway of an older release does not speak. */
type Heard<Document, Later extends keyof Document> = Omit<Document, Later> & Partial<Pick<Document, Later>>;

export type HeardStatus = Heard<StatusDocument, "admitting" | "claimWindowSeconds" | "reached">;
export type HeardJoin = Omit<JoinDocument, "status"> & { readonly status: HeardStatus };
/** Names and addresses stand in the portal itself. */
export type HeardRoom = Heard<Omit<ListedRoom, "name" | "host" | "path">, "opensAt" | "admitting">;
export type HeardList = { readonly rooms: readonly HeardRoom[] } & Heard<RoomList, "updatedAt">;

/** Texts that stand in the waiting page's markup: its script does not get them a second time. */
export const MARKUP_TEXTS = [
  "titleFirst",
  "aheadLabel",
  "progressLabel",
  "messageLabel",
  "moreTime",
  "safeHeading",
  "safe",
  "optionsHeading",
  "sound",
  "askFirst",
  "askFirstNote",
  "whyHeading",
  "why",
  "leave",
  "leaveHeading",
  "leaveText",
  "leaveYes",
  "leaveNo",
  "noScript",
  "noScriptJoin",
  "noScriptHeld",
  "noScriptSee",
] as const;

type ScriptTexts = Omit<PageTexts["waiting"], (typeof MARKUP_TEXTS)[number]>;

/** What the server writes into a waiting page for its script. */
export type WaitingData = {
  readonly room: string;
  readonly path: string;
  readonly name: string;
  /** Whose numbers, times and plurals go with the texts. */
  readonly locale: string;
  /** The page's language, then those in which a message is looked for that it does not have. */
  readonly order: readonly string[];
  readonly texts: Pick<PageTexts, "wait"> & { readonly waiting: ScriptTexts };
};

/** What the server writes into the portal for its script. */
export type PortalData = { readonly locale: string; readonly texts: Pick<PageTexts, "wait" | "portal"> };

/** True for something that can be read as a status document: what a broken proxy sends is not. */
export function isStatus(value: unknown): value is HeardStatus {
  const fields = value as Partial<HeardStatus> | null;
  return (
    typeof fields === "object" &&
    fields !== null &&
    typeof fields.serving === "number" &&
    typeof fields.generation === "number" &&
    typeof fields.mode === "string" &&
    Array.isArray(fields.waits)
  );
}
