import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DashboardFile, queriesOf } from "./queries.ts";

const folder = import.meta.dirname;
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
/** Grafana's own way to name a variable. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is Grafana that fills it in
const CHOSEN = "${datasource}";
const texts = names.map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);

it("are the three that there should be", () => {
  expect(names).toEqual(["gateways-and-store.json", "overview.json", "room.json"]);
});

describe.each(texts)("%s", (_, text) => {
  const board = JSON.parse(text) as DashboardFile;
  const { panels } = board;
  const shown = panels.filter(({ type }) => type !== "row");

  it("asks the Prometheus that is chosen at the top, and no other", () => {
    expect(board.templating.list[0]).toMatchObject({ name: "datasource", type: "datasource" });
    const sources = [...text.matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid);
    expect(new Set(sources)).toEqual(new Set([CHOSEN, board.uid]));
    for (const panel of shown) {
      expect(panel.datasource).toEqual({ type: "prometheus", uid: CHOSEN });
    }
  });

  it("uses no variable that it does not have", () => {
    const known = [...board.templating.list.map(({ name }) => name), "__rate_interval"];
    const values = Object.fromEntries(known.map((name) => [name, "x"]));
    expect(queriesOf(board, values).length).toBeGreaterThan(10);
  });

  it("says of each panel what it shows, and lays no two on each other", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, description, gridPos, targets } of shown) {
      expect(description, title).toMatch(/\.$/);
      expect(new Set(targets?.map(({ refId }) => refId)).size, title).toBe(targets?.length);
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (const cell of cellsOf(gridPos)) {
        expect(taken.has(cell), `${title} at ${cell}`).toBe(false);
        taken.add(cell);
      }
    }
  });

  it("leads to the others", () => {
    const links = [...text.matchAll(/"url": "\/d\/([^"]+)"/g)].map(([, uid]) => uid);
    const others = texts.map(([, other]) => (JSON.parse(other) as DashboardFile).uid);
    expect(links.sort()).toEqual(others.filter((uid) => uid !== board.uid).sort());
  });
});

function cellsOf({ x, y, w, h }: DashboardFile["panels"][number]["gridPos"]): string[] {
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}
