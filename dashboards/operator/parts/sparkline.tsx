import { stretchesOf } from "../reading.ts";

const WIDTH = 160;
const HEIGHT = 36;

/** The course of one value, without axes, with a gap where it is not known. `label` says what it is. */
export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2)
    return <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const most = Math.max(1, ...known);
  const x = (i: number) => (i / (values.length - 1)) * WIDTH;
  const y = (value: number) => HEIGHT - 2 - (value / most) * (HEIGHT - 4);
  const point = (i: number) => `${x(i).toFixed(1)},${y(values[i] ?? 0).toFixed(1)}`;
  const stretches = stretchesOf(values).map(([from, until]) => {
    const points = Array.from({ length: until - from }, (_, n) => point(from + n)).join(" ");
    return { from, points, area: `${x(from)},${HEIGHT} ${points} ${x(until - 1)},${HEIGHT}` };
  });
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {stretches.map(({ from, points, area }) => (
        <g key={from}>
          <polygon points={area} />
          <polyline points={points} />
        </g>
      ))}
    </svg>
  );
}
