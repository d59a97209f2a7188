/** A lock seen from above: the water stands against two gates that meet in a point. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="ground" width="32" height="32" rx="7" />
      <path class="water" d="M7 0h14L13 16l8 16H7a7 7 0 0 1-7-7V7a7 7 0 0 1 7-7z" />
      <path class="gate" d="M21 0 13 16l8 16" />
    </svg>
  );
}

/** A sign that something is wrong: its shape says how much, as its colour does. */
export function Sign({ severity }: { severity: "alarm" | "warning" | "standstill" | "well" }) {
  const shapes = {
    alarm: "M8 1.5 15 14.5H1z",
    warning: "M8 1.2 14.8 8 8 14.8 1.2 8z",
    standstill: "M2.5 2h11v12h-11z",
    well: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13z",
  };
  const exclamation = "M8 5.4v3.8M8 11.4v.2";
  const strokes = {
    alarm: exclamation,
    warning: exclamation,
    standstill: "M6 5.5v5M10 5.5v5",
    well: "m5 8.2 2.1 2.1L11.2 6",
  };
  return (
    <svg class={`sign ${severity}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[severity]} />
      <path class="stroke" d={strokes[severity]} />
    </svg>
  );
}
