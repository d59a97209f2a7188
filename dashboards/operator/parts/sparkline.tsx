const WIDTH = 160;
const HEIGHT = 36;

/** The course of one value, without axes. `label` says what it is. */
export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2)
    return <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const most = Math.max(1, ...known);
  const x = (i: number) => (i / (values.length - 1)) * WIDTH;
  const y = (value: number) => HEIGHT - 2 - (value / most) * (HEIGHT - 4);
  const points = values.flatMap((value, i) =>
    value === null ? [] : [`${x(i).toFixed(1)},${y(value).toFixed(1)}`],
  );
  const [first = "", last = ""] = [points[0], points.at(-1)];
  const area = `${first.split(",")[0]},${HEIGHT} ${points.join(" ")} ${last.split(",")[0]},${HEIGHT}`;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polygon points={area} />
      <polyline points={points.join(" ")} />
    </svg>
  );
}
