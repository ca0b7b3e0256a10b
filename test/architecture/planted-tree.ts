import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const PROJECT_ROOT = path.resolve(__dirname, '..', '..');

/** A copy of the project's layout in a temporary folder, with the same configuration and stubs for its packages. */
export class PlantedTree {
  readonly root = mkdtempSync(path.join(tmpdir(), 'holdfast-planted-'));

  constructor(configuration: readonly string[]) {
    for (const file of configuration) cpSync(path.join(PROJECT_ROOT, file), path.join(this.root, file));
  }

  write(file: string, content: string): void {
    const target = path.join(this.root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }

  /** Adds an empty package that can be resolved. */
  install(name: string): void {
    this.write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
    );
    this.write(`node_modules/${name}/index.js`, 'exports.value = 1;');
  }

  /**
   * Returns the output of a tool of the project. Ignores its exit code, as the tool finds fault with the planted files.
   */
  run(tool: string, args: readonly string[]): string {
    const command = [path.join(PROJECT_ROOT, 'node_modules', tool), ...args];
    try {
      return execFileSync(process.execPath, command, {
        cwd: this.root,
        encoding: 'utf8',
        stdio: 'pipe',
        maxBuffer: 1e8,
      });
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      if (!stdout) throw new Error(`${tool} said nothing but: ${stderr}`, { cause: error });
      return stdout;
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
