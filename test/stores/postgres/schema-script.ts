import { readFileSync } from 'node:fs';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { loadSchemaEngine } from '../../../src/stores/postgres/migration-engine';

/**
 * Prints the SQL that makes an empty database match a schema file. (The engine cannot compare with a database here: the
 * adapter does not read the catalog's "char" columns.) Runs in a process of its own, as the engine stays alive.
 */
async function main([url = '', schemaFile = '']: string[]): Promise<void> {
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }));
  const engine = await loadSchemaEngine().new({ datamodels: undefined }, () => undefined, adapter);
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: {
      tag: 'schemaDatamodel',
      files: [{ path: schemaFile, content: readFileSync(schemaFile, 'utf8') }],
    },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  console.log(stdout);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
