import { renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { findGo, goInstall } from '../processes/go-install';
import { inScratchFolder, olderFoldersGone, type TemporalFetch } from './temporal-fetch';

const PROGRESS_MS = 15_000;

/**
 * Builds the CLI from source with Go and moves the finished binary into place.
 * @throws Error when Go is missing, or when the build fails, with the last line that Go printed
 */
export async function buildTemporal({ target, version, report, signal }: TemporalFetch): Promise<void> {
  const go = findGo();
  if (go === undefined) throw new Error('Go is not installed');
  const startedAt = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedAt) / 1_000)} s`;
  report(`Building the Temporal server ${version} from source, once: about 4 minutes on 2 cores ...`);
  const progress = setInterval(
    () => report(`  still building the Temporal server (${elapsed()}) ...`),
    PROGRESS_MS,
  );
  try {
    await inScratchFolder(target, async (folder) => {
      await olderFoldersGone(folder, signal);
      const builtAt = statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (builtAt > startedAt) return;
      await goInstall(go, `github.com/temporalio/cli/cmd/temporal@v${version}`, folder, signal);
      renameSync(path.join(folder, 'temporal'), target);
    });
    report(`The Temporal server is there after ${elapsed()}; it is kept at ${target}`);
  } finally {
    clearInterval(progress);
  }
}
