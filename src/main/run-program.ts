import { failureText } from '../contracts/failure-text';

/**
 * Runs a program and ends the process with its exit code. A failure is one line, which begins with `failed`, and the exit
 * code 1.
 */
export function runProgram(failed: string, main: () => Promise<number>): void {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(`${failed}: ${failureText(error)}`);
      process.exit(1);
    },
  );
}
