import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The way to start a program without root: under an account given to spawn, or through a wrapper. */
export interface Unprivileged {
  readonly account: Account | undefined;
  /** The owner of the files that it writes; undefined for the current account. */
  readonly owner: Account | undefined;
  /** Returns the command and arguments that start `program`. */
  wrap(
    program: string,
    args: readonly string[],
  ): { readonly command: string; readonly args: readonly string[] };
}

/**
 * Finds a way to run PostgreSQL without root. PostgreSQL refuses to run as root, and containers commonly run everything
 * as root. It then runs as the owner of the data directory. A new directory gets the account `postgres` if that exists,
 * else `nobody`; Holdfast creates no account.
 *
 * That account cannot enter a checkout under a private folder (/root, or a folder made by mktemp). There `setpriv`
 * gives PostgreSQL, and no other program, root's right to bypass file permissions.
 * @throws Error with the remedy, when no way is left
 */
export function unprivileged(directory: string, program: string): Unprivileged {
  if (process.getuid?.() !== 0) {
    return { account: undefined, owner: undefined, wrap: (command, args) => ({ command, args }) };
  }
  const account = ownerOf(directory) ?? findAccount('postgres') ?? findAccount('nobody');
  if (account === undefined) {
    throw new Error(
      'PostgreSQL refuses to run as root, and no account postgres or nobody exists: run as another user',
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
  // Without no_setuid_fixup, access(2) would ignore the right; initdb finds its postgres by access(2).
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

/** Returns the outermost folder on the path to a file that the account cannot enter. */
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
