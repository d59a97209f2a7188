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
export function Sign({ severity }: { severity: "alarm" | "warning" | "well" }) {
  const shapes = {
    alarm: "M8 1.5 15 14.5H1z",
    warning: "M8 1.2 14.8 8 8 14.8 1.2 8z",
    well: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13z",
  };
  return (
    <svg class={`sign ${severity}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[severity]} />
      {severity === "well" ? (
        <path class="stroke" d="m5 8.2 2.1 2.1L11.2 6" />
      ) : (
        <path class="stroke" d="M8 5.4v3.8M8 11.4v.2" />
      )}
    </svg>
  );
}
