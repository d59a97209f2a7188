import { expect, it } from "vitest";
import { countResults, type VitestReport } from "./count.mjs";

function file(status: string, ...statuses: string[]): VitestReport["testResults"][number] {
  return {
    name: "a.test.ts",
    status,
    assertionResults: statuses.map((test) => ({ status: test, fullName: "it" })),
  };
}

it.each([
  ["tests that pass", [file("passed", "passed", "passed")], 2, 0],
  ["a test that fails", [file("failed", "passed", "failed")], 1, 1],
  ["a test left out, as a failure", [file("passed", "passed", "pending")], 1, 1],
  ["a test that is only planned, as a failure", [file("passed", "todo")], 0, 1],
  [
    "a file that broke before its tests were known, as a failure",
    [file("failed"), file("passed", "passed")],
    1,
    1,
  ],
  ["a file whose clean-up failed, as a failure", [file("failed", "passed")], 1, 1],
  ["nothing at all, as a failure", [], 0, 1],
])("counts %s", (_what, testResults, passed, failed) => {
  expect(countResults({ testResults })).toMatchObject({ passed, failed });
});

it("names what did not run", () => {
  expect(countResults({ testResults: [file("passed", "skipped")] }).notRun).toEqual(["it: skipped"]);
});
