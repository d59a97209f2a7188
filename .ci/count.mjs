/**
 * What vitest's JSON report comes to. Whatever did not run counts as failed: a skipped test, a file that broke before
 * its tests were known, a run in which there was nothing to run.
 * @param {import("./count.d.mts").VitestReport} report
 * @returns {import("./count.d.mts").Results}
 */
export function countResults(report) {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const withStatus = (status) => tests.filter((test) => test.status === status).length;
  const leftOut = tests
    .filter((test) => test.status !== "passed" && test.status !== "failed")
    .map((test) => `${test.fullName}: ${test.status}`);
  const brokenFiles = report.testResults
    .filter(
      (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
    )
    .map((file) => `${file.name}: did not run to its end`);
  const empty = tests.length === 0 && brokenFiles.length === 0 ? ["no test ran"] : [];
  const notRun = [...leftOut, ...brokenFiles, ...empty];
  return { passed: withStatus("passed"), failed: withStatus("failed") + notRun.length, notRun };
}
