/** The types of setup.mjs, which is JavaScript because it runs before TypeScript is installed. */
export type ProgramName = "redis" | "chromium" | "wrk" | "nginx" | "openssl" | "jupyter" | "prometheus";

export const exitCodes: { ready: 0; failed: 1; wrongArguments: 2; packageNeeded: 3 };
export const programs: Record<ProgramName, { program: string; package: string }>;
export function setUp(what?: { needs?: ProgramName[]; wants?: ProgramName[] }): number;
export function nodeProblem(version: string): string | null;
export function npmProblem(
  lockText: string | null,
  installedText: string | null,
  nativeSuffix: string,
): string | null;
export function parseArguments(argv: string[]): { needs: ProgramName[]; wants: ProgramName[] };
export function isInstalled(program: string): boolean;
