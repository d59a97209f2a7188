/** The known name that a misspelt one, or the beginning of one, was most likely meant to be; null where none is near. */
export function nearestName(given: string, known: readonly string[]): string | null {
  const wanted = given.toLowerCase();
  const begun = known.find((name) => wanted.length > 2 && name.toLowerCase().startsWith(wanted));
  if (begun !== undefined) return begun;
  const [best] = known
    .map((name) => ({ name, distance: editDistance(wanted, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.ceil(given.length / 3) ? best.name : null;
}

/** Letters to put in, take out or change (Levenshtein). */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      here.push(Math.min(changed, (above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1));
    }
    above = here;
  }
  return above[to.length] ?? 0;
}
