// No file may reach itself through imports of any sort: static, type-only, re-exporting or dynamic.
import type { ModuleFacts } from './parse-module.js';
import { type Project, resolveImport } from './resolve-import.js';

/** Each cycle once, as the chain of files that closes it. */
export function checkCycles(project: Project, modules: ReadonlyMap<string, ModuleFacts>): string[] {
  const violations: string[] = [];
  const finished = new Set<string>();
  const chain: string[] = [];

  function visit(path: string): void {
    if (finished.has(path)) return;
    const position = chain.indexOf(path);
    if (position >= 0) {
      violations.push(`${path}:1: imports itself: ${[...chain.slice(position), path].join(' → ')}`);
      return;
    }
    chain.push(path);
    for (const next of importedFiles(project, path, modules.get(path))) visit(next);
    chain.pop();
    finished.add(path);
  }

  for (const path of modules.keys()) visit(path);
  return violations;
}

function importedFiles(project: Project, path: string, facts: ModuleFacts | undefined): Set<string> {
  const files = new Set<string>();
  for (const { specifier, kind } of facts?.imports ?? []) {
    if (specifier === undefined || kind === 'address') continue;
    const target = resolveImport(project, path, specifier);
    if (target.kind === 'own') files.add(target.path);
  }
  return files;
}
