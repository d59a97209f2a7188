import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { fill } from "#languages";
import { texts } from "../preferences.ts";

interface NumberInputProps {
  readonly id: string;
  readonly value: number;
  /** What holds now: nothing else is asked for while something stands there that is not allowed. */
  readonly inForce: number;
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
  /** How a bound is written. */
  readonly write: (value: number) => string;
  readonly describedBy?: string;
  readonly onNumber: (value: number) => void;
}

/** A number within bounds. What is none is said to be none where it stands, and never taken for another number. */
export function NumberInput(props: NumberInputProps) {
  const { id, value, inForce, least, most, isWhole, write, describedBy, onNumber } = props;
  /** As it is being typed: the number may be written otherwise. */
  const typed = useSignal<string | null>(null);
  const isAllowed = (given: number) =>
    given >= least && given <= most && (!isWhole || Number.isInteger(given));
  const take = (input: HTMLInputElement) => {
    typed.value = input.value;
    onNumber(isAllowed(input.valueAsNumber) ? input.valueAsNumber : inForce);
  };
  const isRefused = typed.value !== null && !isAllowed(Number.parseFloat(typed.value));
  const refused = isRefused ? typed.value : null;
  // Before it is seen, or what was refused would stand beside the new number for a moment.
  useLayoutEffect(() => {
    // The slider, or a step, has set another since.
    if (isRefused && value !== inForce) typed.value = null;
  }, [value]);
  const words = texts.value.numbers;
  return (
    <>
      <input
        id={id}
        type="number"
        min={least}
        max={most}
        step={isWhole ? 1 : "any"}
        inputMode={isWhole ? "numeric" : "decimal"}
        value={typed.value ?? value}
        aria-invalid={refused ? true : undefined}
        aria-describedby={describedBy}
        onInput={(event) => take(event.currentTarget)}
        onBlur={() => {
          if (!isRefused || typed.value === "") typed.value = null;
        }}
      />
      {refused && (
        <small class="problem" role="alert">
          {fill(isWhole ? words.notWhole : words.notAllowed, {
            given: refused,
            least: write(least),
            most: write(most),
          })}
        </small>
      )}
    </>
  );
}
