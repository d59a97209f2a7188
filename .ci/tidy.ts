/** What a file must not hold, and what a folder must have. Pure, like boundaries.ts, and tried on planted faults. */
import { posix } from "node:path";
import { isCode, isTest, type SourceFile } from "./repository.ts";

interface Ban {
  applies(path: string): boolean;
  pattern: RegExp;
  mend: string;
}

const anywhere = () => true;

const bans: Ban[] = [
  {
    applies: isTest,
    pattern: /\b(?:it|test|describe|bench|suite)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf|fails)\b/,
    mend: "every test runs, everywhere; make it run, or take it out",
  },
  {
    applies: isTest,
    pattern: /\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(|\b(?:ctx|context|task)\.skip\s*\(/,
    mend: "every test runs, everywhere; make it run, or take it out",
  },
  {
    applies: anywhere,
    // Apart, so that this line is not one of them.
    pattern: new RegExp(
      `\\b(?:${["TO", "FIX", "XX", "HA"].map((start, i) => start + ["DO", "ME", "X", "CK"][i]).join("|")})\\b`,
    ),
    mend: "do it, or write down in the docs what is missing and why",
  },
  {
    applies: anywhere,
    pattern: /(?<![\w.:/-])\/(?:home|Users|root|work|workspace|workspaces)\/[\w.-]/,
    mend: "a path of one machine; write it from the top of the repository",
  },
  {
    applies: (path) => path === "package-lock.json",
    pattern: /"resolved": "http/,
    mend: "names one registry; run npm with the .npmrc of this repository (omit-lockfile-registry-resolved)",
  },
];

/**
 * Folders whose code has no test of its own, each with the reason; `a/*` is every folder in `a`. A reason that is no
 * longer needed must go.
 */
export type UntestedFolders = Record<string, string>;

/** As `file:line text: what to do`. */
export function untidyLines(files: SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const applying = bans.filter((ban) => ban.applies(path));
    return text
      .split("\n")
      .flatMap((line, index) =>
        applying
          .filter((ban) => ban.pattern.test(line))
          .map((ban) => `${path}:${index + 1} ${line.trim().slice(0, 80)}: ${ban.mend}`),
      );
  });
}

/** Folders with code and no test, in them or below, that have no reason; and reasons for folders that need none. */
export function untestedFolders(paths: string[], reasons: UntestedFolders): string[] {
  const tests = paths.filter(isTest);
  const folders = [...new Set(paths.filter((path) => isCode(path) && !isTest(path)).map(posix.dirname))];
  const untested = folders.filter(
    (folder) => folder !== "." && !tests.some((test) => test.startsWith(`${folder}/`)),
  );
  return [
    ...untested
      .filter((folder) => !(folder in reasons) && !(`${posix.dirname(folder)}/*` in reasons))
      .map((folder) => `${folder}/ has code and no test: write one, or give the reason in .ci/tidy.test.ts`),
    ...Object.keys(reasons)
      .filter((reason) => !untested.some((folder) => [folder, `${posix.dirname(folder)}/*`].includes(reason)))
      .map((reason) => `${reason}/ has a reason for having no test, and needs none: take it out`),
  ];
}
