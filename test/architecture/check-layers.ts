// Imports go one way: store ← adapters ← src ← (examples, test); `cli/` sees only the public API.
// Files outside these five folders are nobody's to import.
import type { ImportFact, ModuleFacts } from './parse-module.js';
import { type Project, resolveImport } from './resolve-import.js';

const COMPOSITION_ROOT = 'src/composition.ts';
const PUBLIC_API = 'src/index.ts';

/** The folders that each folder may import from, its own included. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  store: ['store'],
  adapters: ['adapters', 'store'],
  src: ['src', 'adapters', 'store'],
  examples: ['examples', 'src', 'adapters', 'store'],
  test: ['test', 'examples', 'src', 'adapters', 'store'],
};

/** The packages that keep `store/` platform-neutral. */
const STORE_PACKAGES: readonly string[] = ['crc-32', 'zstd-codec'];

/** Whether `path` is code that users run; scripts (`.mjs`) beside it only build it. */
export function isProductCode(path: string): boolean {
  return /^(src|store|adapters)\/.*\.ts$/.test(path);
}

export function checkLayers(project: Project, path: string, facts: ModuleFacts): string[] {
  const violations = facts.imports.map((fact) => {
    const complaint = checkImport(project, path, fact);
    return complaint === undefined ? [] : [`${path}:${fact.line}: ${complaint}`];
  });
  return [...violations.flat(), ...checkNodeGlobals(path, facts)];
}

function checkImport(project: Project, path: string, fact: ImportFact): string | undefined {
  if (fact.specifier === undefined) {
    if (!isProductCode(path) || path === COMPOSITION_ROOT) return undefined;
    return `a computed import hides what it loads; only ${COMPOSITION_ROOT} may`;
  }
  const target = resolveImport(project, path, fact.specifier);
  if (target.kind === 'own') return checkOwnImport(path, target.path);
  if (!path.startsWith('store/') || !isProductCode(path)) return undefined;
  if (target.kind === 'package' && STORE_PACKAGES.includes(target.name)) return undefined;
  return `store/ is platform-neutral and may not import '${fact.specifier}'`;
}

function checkOwnImport(importer: string, target: string): string | undefined {
  const folder = importer.split('/')[0];
  const targetFolder = target.split('/')[0];
  if (target === 'package.json') return undefined;
  if (!target.includes('/') || targetFolder === '..')
    return `imports '${target}', which is in none of the layers`;
  if (!(ALLOWED[folder] ?? []).includes(targetFolder)) return `${folder}/ may not import '${target}'`;
  if (isProductCode(importer) && !isProductCode(target))
    return `product code may not import the script '${target}'`;
  if (importer.startsWith('src/cli/') && target !== PUBLIC_API && !target.startsWith('src/cli/')) {
    return `src/cli/ may import only ${PUBLIC_API} and its own files, not '${target}'`;
  }
  if (folder === 'src' && targetFolder === 'adapters' && importer !== COMPOSITION_ROOT) {
    return `within src/ only ${COMPOSITION_ROOT} may import adapters, not '${target}'`;
  }
  return undefined;
}

function checkNodeGlobals(path: string, facts: ModuleFacts): string[] {
  if (!path.startsWith('store/') || !isProductCode(path)) return [];
  return facts.nodeGlobals.map(
    ({ name, line }) => `${path}:${line}: store/ is platform-neutral and may not use '${name}'`,
  );
}
