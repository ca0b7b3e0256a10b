import { cp } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(__dirname, '..');
const web = path.join(root, 'web');
/** The API serves the page from here (src/main/project-root.ts). */
const output = path.join(root, 'dist', 'web');

/** Bundles the operator's page. Prints nothing unless it fails: it runs after every install. */
async function main(): Promise<void> {
  await build({
    entryPoints: { page: path.join(web, 'main.tsx') },
    outdir: output,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    tsconfig: path.join(web, 'tsconfig.json'),
    logLevel: 'error',
  });
  await cp(path.join(web, 'styles', 'icon.svg'), path.join(output, 'icon.svg'));
}

main().catch((error: Error) => {
  console.error(`bundling the operator's page failed: ${error.message}`);
  process.exit(1);
});
