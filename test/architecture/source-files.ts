import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from './planted-tree';

export interface SourceFile {
  /** The path from the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Returns the hand-written source files in the given folders: no packages, no generated and no built files. */
export function sourceFilesIn(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(PROJECT_ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /[.][cm]?[jt]sx?$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !/[\\/](generated|node_modules)[\\/]/.test(file))
      .map((file) => ({
        path: path.relative(PROJECT_ROOT, file).split(path.sep).join('/'),
        text: readFileSync(file, 'utf8'),
      })),
  );
}
