import { examine } from './doctor-checks';
import { readLocalSettings } from './local-settings';

/** Runs `npm run doctor`: prints each check and its remedy. The exit code is 1 when a check fails. */
async function main(): Promise<number> {
  const findings = await examine(readLocalSettings());
  for (const { subject, good, detail, mend } of findings) {
    console.log(`${good ? ' ok ' : 'FAIL'}  ${subject}: ${detail}`);
    if (mend !== undefined) console.log(`      -> ${mend}`);
  }
  const bad = findings.filter((finding) => !finding.good).length;
  console.log(
    bad === 0
      ? '\nAll checks passed: npm start should work.'
      : `\nnpm start cannot work before ${bad === 1 ? 'this failure is' : `these ${bad} failures are`} fixed.`,
  );
  return bad === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
