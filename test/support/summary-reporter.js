/**
 * Ends a run with the plain line that CI reads. A file that could not run at all counts as one failure: its tests
 * were never counted.
 */
class SummaryReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    // Jest puts its own summary after every other reporter; only the end of the process comes later.
    process.once('exit', () => {
      process.stderr.write(
        `\n${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed\n`,
      );
    });
  }
}

module.exports = SummaryReporter;
