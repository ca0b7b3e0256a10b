import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The folder that holds package.json and prisma/. Found by walking up, because the same file runs from `src/main`
 * under tsx and from `dist/src/main` when compiled.
 * @throws Error when no folder above holds a package.json
 */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json in any folder above ${__dirname}`);
    folder = parent;
  }
  return folder;
}
