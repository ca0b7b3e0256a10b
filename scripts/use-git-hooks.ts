import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';

/**
 * Makes git run the hooks in .githooks, where the working folder is the root of a checkout. Elsewhere (an archive, a
 * folder inside another checkout, a machine without git) it does nothing: an installation must not fail for a hook.
 */
function useGitHooks(): void {
  try {
    const root = execFileSync('git', ['rev-parse', '--show-toplevel'], { encoding: 'utf8', stdio: 'pipe' });
    if (realpathSync(root.trim()) !== realpathSync(process.cwd())) return;
    execFileSync('git', ['config', 'core.hooksPath', '.githooks'], { stdio: 'pipe' });
  } catch {
    console.log('The hooks in .githooks are not in use: git has no checkout here that can be configured.');
  }
}

useGitHooks();
