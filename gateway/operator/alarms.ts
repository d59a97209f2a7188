import type { Snapshot } from "#core";
import { ALARM_KINDS, type Alarm, type AlarmKind } from "#operator-api";
import type { Door } from "../deployment.ts";
import type { Log } from "../log.ts";
import type { RebuiltNews } from "../room/room.ts";

export function hasAlarm(line: Snapshot, kind: AlarmKind): boolean {
  return kind === "not-admitting" ? line.admitsInMs !== 0 : line.alarm === kind;
}

/** The alarms of all rooms that this gateway has heard of. */
export function alarmsOf(doors: Iterable<Pick<Door, "room">>): readonly Alarm[] {
  return [...doors].flatMap(({ room }) => {
    const line = room.snapshot;
    if (line === null) return [];
    const kinds = ALARM_KINDS.filter((kind) => hasAlarm(line, kind));
    return kinds.map((kind) => ({ room: room.id, kind, reason: reasonOf(kind, room.admitsFromMs) }));
  });
}

function reasonOf(kind: AlarmKind, admitsFromMs: number | null): string {
  switch (kind) {
    case "restored":
      return "the store had lost the line, and it was rebuilt from what is remembered; any change ends this alarm";
    case "implausible-floor":
      return "somebody told of a line that cannot be, and was not believed; any change ends this alarm";
    case "not-admitting":
      return `nobody is admitted ${untilWhen(admitsFromMs)}`;
  }
}

/** A log line when a lost line was rebuilt, and one when its gate admits again. */
export function logRebuilt(log: Log): (news: RebuiltNews) => void {
  return ({ event, room, admitsFromMs, line: { issued, serving, skipped } }) => {
    const facts = { event, room, issued, serving };
    if (event === "line-admits-again") return log.warn(facts, "the rebuilt line admits again");
    const admitsFrom = admitsFromMs === null ? null : new Date(admitsFromMs).toISOString();
    log.warn(
      { ...facts, skipped, admitsFrom },
      `the store had lost this line; it was rebuilt, and nobody is admitted ${untilWhen(admitsFromMs)}`,
    );
  };
}

function untilWhen(admitsFromMs: number | null): string {
  if (admitsFromMs === null)
    return "until a gateway that was live before reports, or an operator sets the mode";
  return `before ${new Date(admitsFromMs).toISOString()}, when sessions and those at the gate are known again`;
}
