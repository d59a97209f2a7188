/** Axe on a page in a browser. For tests only. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** A violation of one rule, with the first place where it was found. */
export interface AxeFinding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

type AxeWindow = { axe: { run(options: object): Promise<{ violations: AxeFinding[] }> } };

const require = createRequire(import.meta.url);
const source = readFileSync(
  createRequire(require.resolve("@axe-core/playwright")).resolve("axe-core/axe.min.js"),
  "utf8",
);

/**
 * What axe finds by all its rules. A document gets the half megabyte of axe once, however often it is looked at:
 * most of the time that a look takes would else go into compiling it.
 */
export async function axeFindings(page: Page): Promise<readonly AxeFinding[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${source}; undefined`);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as AxeWindow).axe.run({ resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => ({ id, nodes }));
  });
}
