/** A room as the API says it, for tests and pictures: whole, so that what lacks a field is not shown. */
import { settingsWith } from "#core/settings";
import { LANGUAGE_TAGS } from "#languages";
import { SERIES, type SeriesName } from "./figures.ts";
import type { KnownRoom } from "./known.ts";
import { type SettingsDocument, settingsDocument } from "./settings.ts";

/** An evening in March, so that pictures do not change from run to run. */
export const FIXTURE_NOW_MS = Date.UTC(2026, 2, 9, 19, 4, 12);

const SETTINGS = settingsDocument(settingsWith({ outflowPerMinute: 1_200, capacity: 9_000 }));

/** What a test says of a room; the rest is that of a quiet one. */
export type RoomPart = Partial<Omit<KnownRoom, "settings" | "state" | "figures">> & {
  readonly settings?: Partial<SettingsDocument>;
  readonly state?: Partial<KnownRoom["state"]>;
  readonly figures?: Partial<NonNullable<KnownRoom["figures"]>>;
};

export function fixtureRoom(id: string, da: string, en: string, part: RoomPart = {}): KnownRoom {
  const settings = { ...SETTINGS, ...part.settings };
  const state = lineWith(part);
  const { generation, issued, serving, waiting, sessions } = state;
  return {
    id,
    name: { da, en },
    languages: LANGUAGE_TAGS.slice(),
    match: { host: "*", path: `/${id}` },
    origin: "http://127.0.0.1:3000",
    version: 1_773_082_800_000,
    ...settings,
    generation,
    issued,
    serving,
    waiting,
    sessions,
    store: "up",
    heardAt: FIXTURE_NOW_MS - 90,
    wait: null,
    ...part,
    settings,
    state,
    figures: {
      ...(Object.fromEntries(SERIES.map((name) => [name, null])) as Record<SeriesName, null>),
      joinsPerMinute: 14,
      originP95Seconds: 0.082,
      originErrorShare: 0,
      ...part.figures,
    },
  };
}

function lineWith({ settings, state, store = "up" }: RoomPart): KnownRoom["state"] {
  const serving = state?.serving ?? 8_400;
  const waiting = state?.waiting ?? 0;
  return {
    mode: settings?.mode ?? "queue",
    generation: 1_773_075_600_000,
    issued: serving + waiting,
    serving,
    waiting,
    registered: 0,
    sessions: 120,
    admittedPerMinute: 14,
    admittedTotal: serving,
    showRate: 0.93,
    credit: 0,
    quiet: waiting === 0,
    alarm: null,
    pause: null,
    auditHead: { sequence: 0, hash: "0".repeat(64) },
    store,
    updatedAt: FIXTURE_NOW_MS - 90,
    ...state,
  };
}
