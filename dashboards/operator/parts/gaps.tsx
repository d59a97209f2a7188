import { fill, type Gap, gapsIn, readIn, type Texts } from "#languages";
import type { KnownRoom } from "#operator-api";
import { format, texts } from "../preferences.ts";

interface GapsProps {
  readonly message: Texts | null | undefined;
  readonly room: KnownRoom;
  readonly classOf: (gap: Gap) => string;
}

/** The languages in which a message is not read, and what is read there. */
export function Gaps({ message, room, classOf }: GapsProps) {
  return gapsIn(message, room.languages).map((gap) => (
    <p key={gap.lang} class={classOf(gap)}>
      {gapText(gap, readIn(message ?? {}))}
    </p>
  ));
}

function gapText({ lang, instead }: Gap, read: readonly string[]): string {
  const { messageSilent, messageMissing } = texts.value.controls;
  const { language, either } = format.value;
  return instead === null
    ? fill(messageSilent, { language: language(lang), others: either(read.map(language)) })
    : fill(messageMissing, { language: language(lang), other: language(instead) });
}
