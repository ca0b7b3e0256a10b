import path from 'node:path';
import { cacheFolder, findOnPath, isExecutable } from '../processes/programs';

export const HELM_VERSION = '3.18.4';

/** The folder in which `npm run test:chart` keeps the Helm that it has built. */
export const HELM_FOLDER = cacheFolder('helm', HELM_VERSION);

/** Finds Helm on PATH, or the one that `npm run test:chart` has built. */
export function findHelm(): string | undefined {
  const built = path.join(HELM_FOLDER, 'helm');
  return findOnPath('helm') ?? (isExecutable(built) ? built : undefined);
}
