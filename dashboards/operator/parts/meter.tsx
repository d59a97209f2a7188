/** How much of a bound is used, as a bar. What it says is said in words beside it. */
export function Meter({ value, most, tone = "" }: { value: number; most: number; tone?: string }) {
  const share = most > 0 ? Math.min(1, value / most) : 0;
  return (
    <span class={`meter ${tone}`} aria-hidden="true">
      <span style={{ width: `${(share * 100).toFixed(1)}%` }} />
    </span>
  );
}
