import { type Bilingual, isKnown, type KnownRoom } from "#operator-api";
import { createFormat, localeFor } from "../format.ts";
import { texts } from "../preferences.ts";
import { fill, LANGS, type Lang, TEXTS } from "../texts.ts";
import { Mark } from "./icons.tsx";

/** The waiting page in each language, as those who wait will see it with this message. */
export function Previews({ room, message }: { room: KnownRoom; message: Bilingual | null }) {
  return (
    <div class="previews">
      {LANGS.map((one) => (
        <Preview key={one} room={room} lang={one} message={message?.[one] ?? ""} />
      ))}
    </div>
  );
}

function Preview({ room, lang, message }: { room: KnownRoom; lang: Lang; message: string }) {
  const words = TEXTS[lang].preview;
  const { number, range } = createFormat(localeFor(lang, navigator.languages));
  const label = fill(texts.value.preview.label, { lang: texts.value.preview[lang] });
  const ahead = Math.max(1, room.state.waiting);
  const wait = isKnown(room) && room.wait ? range(room.wait.lowSeconds, room.wait.highSeconds) : null;
  return (
    <figure class="preview" aria-label={label}>
      <figcaption>{TEXTS[lang].langName}</figcaption>
      <div class="page" lang={lang}>
        <p class="page-brand">
          <Mark /> Sluse
        </p>
        <div class="page-card">
          <p class="page-heading">{fill(words.heading, { name: room.name[lang] })}</p>
          <p class="page-count">
            <span>{words.ahead}</span> <strong>{number(ahead)}</strong>
          </p>
          {wait !== null && <p class="page-wait">{sentenceOf(words.wait, wait)}</p>}
          {message === "" ? (
            <p class="page-none">{words.none}</p>
          ) : (
            <div class="page-message">
              <strong>{words.message}</strong>
              <p>{message}</p>
            </div>
          )}
        </div>
      </div>
    </figure>
  );
}

/** An abbreviation's full stop is the sentence's too. */
function sentenceOf(text: string, range: string): string {
  return fill(text, { range }).replace(/\.\.$/, ".");
}
