import { databaseUrl } from '../postgres/postgres-directory';
import type { LocalSettings } from './local-settings';

/**
 * Returns the URL of the database that `npm start` uses.
 * @throws Error, one line, when `npm start` has not created it yet
 */
export function localDatabaseUrl(settings: LocalSettings): string {
  return settings.databaseUrl ?? databaseUrl(settings.dataFolder, settings.postgresPort);
}
