// All house rules over one project, as complaints that start with 'path:line:'. A value in, a value out.
import { checkCycles } from './check-cycles.js';
import { checkDependencies } from './check-dependencies.js';
import { checkLayers } from './check-layers.js';
import { checkFileName, checkTopLevel } from './check-names.js';
import { checkFileSize, checkShape, checkText } from './check-shape.js';
import { type ModuleFacts, parseModule } from './parse-module.js';
import type { Project } from './resolve-import.js';

const CODE = /^(src|store|adapters|examples|test)\/.*\.[cm]?[jt]s$/;
/** AssemblyScript is not quite TypeScript: only the rules on names and text apply. */
const ASSEMBLY_SCRIPT = /\.as\.ts$/;

/** What breaks the house rules in `project`; empty where nothing does. */
export function checkArchitecture(project: Project): string[] {
  const modules = new Map<string, ModuleFacts>();
  const violations = checkTopLevel(project.keys());
  for (const [path, text] of project) {
    violations.push(...checkText(path, text));
    if (!CODE.test(path)) continue;
    violations.push(...checkFileName(path), ...checkFileSize(path, text));
    if (!ASSEMBLY_SCRIPT.test(path)) modules.set(path, parseModule(path, text));
  }
  for (const [path, facts] of modules) {
    violations.push(...checkShape(path, facts), ...checkLayers(project, path, facts));
  }
  return [...violations, ...checkCycles(project, modules), ...checkDependencies(project, modules)];
}
