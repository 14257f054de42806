// Every package that is imported is declared, and every package that users install is needed by product code.
import { isProductCode } from './check-layers.js';
import type { ModuleFacts } from './parse-module.js';
import { type Project, readManifest, resolveImport } from './resolve-import.js';

export function checkDependencies(project: Project, modules: ReadonlyMap<string, ModuleFacts>): string[] {
  const manifest = readManifest(project);
  const declared = Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  const forDevelopment = Object.keys({ ...manifest.devDependencies });
  const used = new Set<string>();
  const violations: string[] = [];
  for (const [path, facts] of modules) {
    const isProduct = isProductCode(path);
    for (const { specifier, line } of facts.imports) {
      if (specifier === undefined) continue;
      const target = resolveImport(project, path, specifier);
      if (target.kind !== 'package') continue;
      if (isProduct) used.add(target.name);
      if (declared.includes(target.name) || (!isProduct && forDevelopment.includes(target.name))) continue;
      const list = isProduct ? 'dependencies' : 'devDependencies';
      violations.push(`${path}:${line}: imports '${target.name}', which is not in package.json's ${list}`);
    }
  }
  const idle = declared.filter((name) => !used.has(name));
  return [
    ...violations,
    ...idle.map((name) => `package.json: no product code imports the dependency '${name}'`),
  ];
}
