import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Declared here: Node's types lack it, and the DOM types would allow browser globals everywhere. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: EngineExports };
};

interface EngineExports {
  readonly __wbindgen_start: () => void;
}

interface EngineGlobals {
  PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void };
}

/** A function of the engine's generated glue that its types do not declare. */
interface EngineGlue {
  readonly __wbg_set_wasm: (exports: EngineExports) => void;
}

let engine: typeof bindings.SchemaEngine | undefined;

/**
 * Loads Prisma's schema engine as WebAssembly, once per process. It is the engine of `prisma migrate deploy` without
 * the native binary, which some networks cannot download.
 */
export function loadSchemaEngine(): typeof bindings.SchemaEngine {
  engine ??= instantiate();
  return engine;
}

function instantiate(): typeof bindings.SchemaEngine {
  const globals = globalThis as EngineGlobals;
  globals.PRISMA_WASM_PANIC_REGISTRY = {
    set_message: (message) => {
      console.error(`schema engine: ${message}`);
    },
  };
  const folder = path.dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const code = new WebAssembly.Module(readFileSync(path.join(folder, 'schema_engine_bg.wasm')));
  const { exports } = new WebAssembly.Instance(code, { './schema_engine_bg.js': bindings });
  (bindings as unknown as EngineGlue).__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return bindings.SchemaEngine;
}
