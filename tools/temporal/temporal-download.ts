import { execFile } from 'node:child_process';
import { chmodSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { inScratchFolder, type TemporalFetch } from './temporal-fetch';

const REACHABLE_MS = 5_000;
const DOWNLOAD_MS = 180_000;
const SMALLEST_BINARY_BYTES = 10_000_000;
const run = promisify(execFile);

/**
 * The script of the child process. The SDK downloads a server only by starting it, and without a time limit. A separate
 * process can be killed, and the started server ends with it.
 */
const DOWNLOADER = `
const { TestWorkflowEnvironment } = require('@temporalio/testing');
const [downloadDir, version] = process.argv.slice(1);
TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version }, log: { format: 'pretty', level: 'error' } },
}).then((environment) => environment.teardown()).then(() => process.exit(0), (error) => {
  console.error(String(error.message ?? error).split('\\n')[0]);
  process.exit(1);
});
`;

/**
 * Downloads the CLI with the SDK.
 * @throws Error when the host is unreachable, the download takes too long, or the download fails
 */
export async function downloadTemporal({ target, version, report, signal }: TemporalFetch): Promise<void> {
  if (!(await isDownloadReachable(signal))) throw new Error('https://temporal.download cannot be reached');
  report(`Downloading the Temporal server ${version} ...`);
  await inScratchFolder(target, async (folder) => {
    await run(process.execPath, ['-e', DOWNLOADER, folder, `v${version}`], {
      cwd: __dirname,
      timeout: DOWNLOAD_MS,
      killSignal: 'SIGKILL',
      signal,
    }).catch((error: { stderr?: string; killed?: boolean }) => {
      throw new Error(
        error.killed ? `the download did not end within ${DOWNLOAD_MS / 1_000} s` : lastLine(error),
      );
    });
    const binary = downloadedBinary(folder);
    if (binary === undefined) throw new Error('the SDK downloaded no binary');
    chmodSync(binary, 0o755);
    renameSync(binary, target);
  });
}

/**
 * Returns true when the download host may be reachable, within seconds: in a closed network the SDK itself tries for a
 * long time. Behind a proxy it always returns true, because the SDK supports proxies and Node's fetch does not.
 */
export async function isDownloadReachable(signal = new AbortController().signal): Promise<boolean> {
  if (process.env.HTTPS_PROXY || process.env.https_proxy) return true;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REACHABLE_MS)]);
    await fetch('https://temporal.download/cli/default', { method: 'HEAD', signal: limit });
    return true;
  } catch {
    return false;
  }
}

function lastLine(error: { stderr?: string; message?: string }): string {
  return (error.stderr || error.message || 'failed').trim().split('\n').at(-1) ?? 'failed';
}

/** Finds the downloaded binary by its size, because the SDK chooses the file name. */
function downloadedBinary(folder: string): string | undefined {
  return readdirSync(folder)
    .map((entry) => path.join(folder, entry))
    .filter((file) => statSync(file).isFile() && statSync(file).size > SMALLEST_BINARY_BYTES)
    .at(0);
}
