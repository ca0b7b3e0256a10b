import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Finds the folder that contains package.json and prisma/. Walks up, because this file runs from `src/main` under tsx
 * and from `dist/src/main` when compiled.
 * @throws Error when no folder above contains both
 */
export function projectRoot(): string {
  let folder = __dirname;
  while (!['package.json', 'prisma'].every((entry) => existsSync(path.join(folder, entry)))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no folder above ${__dirname} contains package.json and prisma/`);
    folder = parent;
  }
  return folder;
}

/** Returns the folder of the operator's page, which `scripts/bundle-page.ts` writes after an install and in a build. */
export function pageFolder(): string {
  return path.join(projectRoot(), 'dist', 'web');
}
