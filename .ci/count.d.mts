/** The types of count.mjs. */
export interface VitestReport {
  testResults: {
    name: string;
    status: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

export interface Results {
  passed: number;
  /** Those in `notRun` among them. */
  failed: number;
  /** One line each. */
  notRun: string[];
}

export function countResults(report: VitestReport): Results;
