import { mkdirSync } from 'node:fs';
import { findGo, goInstall } from '../processes/go-install';
import { findHelm, HELM_FOLDER, HELM_VERSION } from './helm-program';

/** Builds Helm with Go, once, where it is not installed. Exits with 1 when it cannot. */
async function main(): Promise<void> {
  if (findHelm() !== undefined) return;
  const go = findGo();
  if (go === undefined) throw new Error('neither Helm nor Go, which could build it, is installed');
  console.log(`Building Helm ${HELM_VERSION}, once: about two minutes ...`);
  mkdirSync(HELM_FOLDER, { recursive: true });
  await goInstall(go, `helm.sh/helm/v3/cmd/helm@v${HELM_VERSION}`, HELM_FOLDER, new AbortController().signal);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
