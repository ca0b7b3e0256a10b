import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How a program is started so that it is not root: as an account given to spawn, or through a wrapper. */
export interface Unprivileged {
  readonly account: Account | undefined;
  /** Who the files it writes must belong to; undefined: us. */
  readonly owner: Account | undefined;
  /** The command and arguments that start `program`. */
  wrap(
    program: string,
    args: readonly string[],
  ): { readonly command: string; readonly args: readonly string[] };
}

/**
 * PostgreSQL refuses to run as root, as which containers commonly run everything. Then it runs as whoever owns the
 * data directory, and for a new one as `postgres` where that account exists and as `nobody` otherwise; no account is
 * created on anybody's machine.
 *
 * A checkout under a private folder (/root, or what mktemp makes) cannot be entered by that account. There
 * `setpriv` leaves PostgreSQL, and nothing else, root's right to pass by file permissions.
 * @throws Error saying what to do, when no way is left
 */
export function unprivileged(directory: string, program: string): Unprivileged {
  if (process.getuid?.() !== 0) {
    return { account: undefined, owner: undefined, wrap: (command, args) => ({ command, args }) };
  }
  const account = ownerOf(directory) ?? findAccount('postgres') ?? findAccount('nobody');
  if (account === undefined) {
    throw new Error(
      'PostgreSQL refuses to run as root and there is no account postgres or nobody: run as another user',
    );
  }
  const barrier = firstClosedFolder(directory, account) ?? firstClosedFolder(program, account);
  if (barrier === undefined) {
    return { account, owner: account, wrap: (command, args) => ({ command, args }) };
  }
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file));
  if (setpriv === undefined) {
    throw new Error(
      `PostgreSQL refuses to run as root, and the account it would use cannot enter ${barrier}: ` +
        `chmod o+x ${barrier}, or run as another user`,
    );
  }
  return {
    account: undefined,
    owner: account,
    wrap: (program, args) => keepPassage(setpriv, account, program, args),
  };
}

function keepPassage(setpriv: string, account: Account, program: string, args: readonly string[]) {
  // Without the last one access(2), by which initdb looks for its postgres, would ignore the right.
  const passage = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  return { command: setpriv, args: [...identity, ...passage, program, ...args] };
}

function ownerOf(directory: string): Account | undefined {
  if (!existsSync(directory)) return undefined;
  const { uid, gid } = statSync(directory);
  return uid === 0 ? undefined : { uid, gid };
}

function findAccount(name: string): Account | undefined {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, name], { stdio: 'pipe' })),
    );
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** The outermost folder on the way to a file that the account may not pass through. */
function firstClosedFolder(file: string, account: Account): string | undefined {
  const folders: string[] = [];
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    folders.unshift(folder);
    if (folder === path.dirname(folder)) break;
  }
  return folders.find((folder) => existsSync(folder) && !mayPass(folder, account));
}

function mayPass(folder: string, account: Account): boolean {
  const { uid, gid, mode } = statSync(folder);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}
