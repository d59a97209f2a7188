/**
 * What the operators' API answers, as schemas: `openapi.ts` publishes them, the gateway answers by their types, the
 * command line reads replies by them, and the tests hold every reply to them. Fields may be added; readers leave aside
 * what they do not know.
 */
import { z } from "zod";
import { ALARM_KINDS } from "./alarms.ts";
import { SERIES, type SeriesName } from "./figures.ts";
import { PROBLEMS, type ProblemCode } from "./problems.ts";
import { ROLES } from "./roles.ts";
import { settingSchemas, settingsSchema, texts } from "./settings-schema.ts";

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const atMs = z.int().describe("milliseconds since the epoch");
const versionNumber = z.int().describe("grows with each change of the settings; If-Match takes it");
const store = z
  .enum(["up", "down", "empty", "newer"])
  .describe(
    "how the store stands to this room; empty: it has no line, and nobody remembers one; newer: it keeps one in a format of a later release",
  );

const line = z
  .object({
    mode: settingSchemas.mode.describe("the mode in force: hold until the room opens"),
    generation: z.int().describe("stamp of the last reset"),
    issued: count.describe("the last ticket number handed out"),
    serving: count.describe("the highest ticket number called"),
    waiting: count.describe("visitors who hold a place and are not called"),
    registered: count.describe("called visitors who stand at the gate"),
    sessions: count.describe("sessions that are open at the service"),
    admittedPerMinute: count.describe("admissions of the last minute"),
    admittedTotal: count,
    showRate: share.describe("called visitors who came, of all who were called"),
    credit: z.number().describe("admissions earned and not yet spent"),
    quiet: z.boolean().describe("whoever comes now is let in at once"),
    alarm: z.enum(["restored", "implausible-floor"]).nullable(),
    pause: z
      .object({ until: atMs.nullable() })
      .nullable()
      .describe(
        "after the store had lost the line nobody is admitted until then; null: until the mode is set",
      ),
    auditHead: z
      .object({ sequence: count, hash: z.string() })
      .describe("of the last entry of the room's audit trail; sequence 0: it has none"),
    store,
    updatedAt: atMs,
  })
  .describe("A room's line at one moment of the store's clock.");

const unknownLine = z.object({ store }).describe("The store has not answered since the gateway started.");

const room = z
  .object({
    id: z.string(),
    name: texts,
    languages: z
      .array(z.string())
      .describe("in which visitors can read the pages of the room, in order of preference"),
    match: z.object({ host: z.string(), path: z.string() }),
    origin: z.string().describe("address of the service behind the room"),
    version: versionNumber.nullable(),
    // The settings stand here too, under the names that a PATCH takes, once the store has answered.
    ...settingsSchema.partial().shape,
    generation: line.shape.generation.nullable(),
    issued: count.nullable(),
    serving: count.nullable(),
    waiting: count.nullable(),
    sessions: count.nullable(),
    settings: settingsSchema.nullable(),
    state: z.union([line, unknownLine]),
  })
  .describe("A room: its settings and its line; null until the store has answered once.");

const failingPart = z
  .object({
    part: z.enum(["process", "store", "line"]),
    room: z.string().optional(),
    reason: z.string(),
  })
  .describe("What keeps this gateway from doing all of its work.");

const alarm = z
  .object({ room: z.string(), kind: z.enum(ALARM_KINDS), reason: z.string() })
  .describe("What an operator should look at, though visitors are served.");

const figure = z.number().nullable();
const figures = z
  .object(Object.fromEntries(SERIES.map((name) => [name, figure])) as Record<SeriesName, typeof figure>)
  .describe("Rates are per minute, waits in seconds, shares from 0 to 1; null where nothing is known.");

const points = z.array(figure);

const overviewRoom = z
  .object({
    ...room.shape,
    heardAt: atMs.describe("when this gateway last heard of the room; 0: never"),
    store,
    wait: z
      .object({ lowSeconds: z.number(), highSeconds: z.number() })
      .nullable()
      .describe("what somebody who joined now would be promised; null: not known"),
    figures: figures.nullable().describe("at the last sample; null before the first"),
  })
  .describe("A room, and what is not read from the store alone.");

const auditEntry = z
  .object({
    at: atMs,
    room: z.string(),
    actor: z.string().describe("the operator's name"),
    action: z
      .enum(["change", "reset", "lost"])
      .describe("lost: nobody did anything, the store says that it had lost earlier entries"),
    endSessions: z
      .boolean()
      .optional()
      .describe("whether those inside were put out too: of each reset, and of a change that did"),
    reason: z.string(),
    changes: z
      .array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }))
      .describe("of the settings; what was set to what it was is not among them"),
    version: versionNumber.describe("of the settings after it"),
    sequence: count.describe("of this room; each entry has a higher one than those before it"),
    hash: z.string().describe("SHA-256 of `recorded`, 64 hexadecimal digits"),
    previousHash: z.string().describe("the hash of the entry before; zeros in the first"),
    recorded: z.string().describe("the entry as the store wrote it, without its own hash"),
  })
  .describe("Who changed what, from what to what, when and why.");

const badField = z
  .object({ field: z.string(), given: z.string(), allowed: z.string() })
  .describe("A field that is not as it must be.");

/** Every document of the API and its parts, by their names in the OpenAPI document. */
export const REPLIES = {
  Settings: settingsSchema,
  Line: line,
  UnknownLine: unknownLine,
  FailingPart: failingPart,
  Alarm: alarm,
  Figures: figures,
  OverviewRoom: overviewRoom,
  AuditEntry: auditEntry,
  BadField: badField,
  Rooms: z.object({ rooms: z.array(room) }),
  Room: room,
  Overview: z
    .object({
      at: atMs.describe("this gateway's clock"),
      startedAt: atMs,
      failing: z.array(failingPart),
      rooms: z.array(overviewRoom),
    })
    .describe("One moment of everything."),
  History: z
    .object({
      source: z.enum(["gateway", "prometheus"]),
      stepSeconds: z.number(),
      at: z.array(z.number()).describe("where each point begins, milliseconds since the epoch"),
      series: z
        .object(Object.fromEntries(SERIES.map((name) => [name, points])) as Record<SeriesName, typeof points>)
        .describe("as long as `at`"),
    })
    .describe("Points of one room, evenly spaced."),
  Audit: z.object({ entries: z.array(auditEntry) }).describe("The audit trail, newest first."),
  Session: z
    .object({ name: z.string(), role: z.enum(ROLES), endsAt: atMs.describe("unless it is used again") })
    .describe("Who has logged in at the console."),
  Health: z.object({
    status: z.enum(["ok", "failing"]),
    failing: z.array(failingPart),
    alarms: z.array(alarm),
  }),
  Problem: z
    .object({
      type: z.literal("about:blank"),
      title: z.string(),
      status: z.int(),
      code: z.enum(Object.keys(PROBLEMS) as [ProblemCode]).describe("stable"),
      detail: z.string().describe("a sentence for people"),
      errors: z.array(badField).optional().describe("of bad-fields: one entry a field"),
      role: z.enum(ROLES).optional().describe("of forbidden: yours"),
      least: z.enum(ROLES).optional().describe("of forbidden: what it takes"),
    })
    .describe("RFC 9457."),
};

/** As it is read: nobody changes a document. */
type Read<Value> = Value extends readonly (infer Item)[]
  ? readonly Read<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Read<Value[Name]> }
    : Value;

type Reply<Schema extends z.ZodType> = Read<z.infer<Schema>>;

export type RoomDocument = Reply<typeof room>;
export type LineDocument = Reply<typeof line>;
/** Which entry of a room's trail is meant. */
export type AuditHead = LineDocument["auditHead"];
export type RoomsDocument = Reply<typeof REPLIES.Rooms>;
export type OverviewRoom = Reply<typeof overviewRoom>;
export type OverviewDocument = Reply<typeof REPLIES.Overview>;
export type HistoryDocument = Reply<typeof REPLIES.History>;
/** One moment of a room; null where nothing is known, such as the wait of nobody. */
export type Figures = Reply<typeof figures>;
export type AuditEntryDocument = Reply<typeof auditEntry>;
export type AuditDocument = Reply<typeof REPLIES.Audit>;
export type SessionDocument = Reply<typeof REPLIES.Session>;
export type FailingPart = Reply<typeof failingPart>;
export type Alarm = Reply<typeof alarm>;
export type HealthDocument = Reply<typeof REPLIES.Health>;
