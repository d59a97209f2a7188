import {
  fallbackOrder,
  fill,
  isLanguageTag,
  LANGUAGES,
  type LanguageTag,
  type Texts,
  textIn,
} from "#languages";
import { isKnown, type KnownRoom } from "#operator-api";
import { createFormat, localeFor } from "../format.ts";
import { format, texts } from "../preferences.ts";
import { Mark } from "./icons.tsx";

/** The waiting page in each language, as those who wait will see it with this message. */
export function Previews({ room, message }: { room: KnownRoom; message: Texts | null }) {
  return (
    <div class="previews">
      {room.languages.filter(isLanguageTag).map((one) => (
        <Preview key={one} room={room} lang={one} message={message} />
      ))}
    </div>
  );
}

function Preview({ room, lang, message }: { room: KnownRoom; lang: LanguageTag; message: Texts | null }) {
  const { name: langName, pages, console: words } = LANGUAGES[lang];
  const order = fallbackOrder(lang, room.languages);
  const told = message && textIn(message, order);
  const { number, range } = createFormat(localeFor(lang, navigator.languages));
  const label = fill(texts.value.preview.label, { lang: format.value.language(lang) });
  const ahead = Math.max(1, room.state.waiting);
  const wait = isKnown(room) && room.wait ? range(room.wait.lowSeconds, room.wait.highSeconds) : null;
  return (
    <figure class="preview" aria-label={label}>
      <figcaption>{langName}</figcaption>
      <div class="page" lang={lang}>
        <p class="page-brand">
          <Mark /> Sluse
        </p>
        <div class="page-card">
          <p class="page-heading">
            {fill(pages.waiting.heading, { name: textIn(room.name, order)?.text ?? room.id })}
          </p>
          <p class="page-count">
            <span>{pages.waiting.aheadLabel}</span> <strong>{number(ahead)}</strong>
          </p>
          {wait !== null && <p class="page-wait">{sentenceOf(pages.wait.sentence, wait)}</p>}
          {!told?.text ? (
            <p class="page-none">{words.preview.none}</p>
          ) : (
            <div class="page-message">
              <strong>{pages.waiting.messageLabel}</strong>
              <p lang={told.lang}>{told.text}</p>
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
