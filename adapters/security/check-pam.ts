// Whether the rules of PAM hold together: who logs in or becomes root comes past them, and one that includes what is not there,
// or asks a module that is not there, keeps everybody out.
import type { HostFiles } from './host-files.js';

export const PAM_RULES = '/etc/pam.d';

/** The services by which one logs in and becomes root. */
const SERVICES = ['login', 'sshd', 'sudo', 'su', 'other'];
/** Its parts have a directory of modules each, by the architecture. */
const LIBRARIES = ['/usr/lib', '/lib', '/usr/lib64', '/lib64'];
/** Which is in every one of them. */
const SURE_MODULE = 'pam_unix.so';

/** Each complaint in words that tell it from all others. */
export async function checkPam(files: HostFiles): Promise<string[]> {
  const names = (await files.list([PAM_RULES])).get(PAM_RULES) ?? [];
  const contents = await files.read(names.map((name) => `${PAM_RULES}/${name}`));
  if (contents.size === 0) return [];
  const rules = new Map([...contents].map(([path, content]) => [path, parseRules(content)]));
  const reached = reachedRules(rules);
  const modules = await listModules(files);
  return reached.flatMap((path) => {
    const { includes, required } = rules.get(path) ?? NO_RULES;
    const absent = includes.filter((name) => !rules.has(pathOf(name)));
    const lost = modules === undefined ? [] : required.filter((name) => !modules.has(name));
    return [
      ...absent.map((name) => `${path} includes ${name}, which is not there`),
      ...lost.map((name) => `${path} needs the module ${name}, which is not installed`),
    ];
  });
}

interface PamRules {
  readonly includes: readonly string[];
  /** Modules without which nobody is let through. */
  readonly required: readonly string[];
}

const NO_RULES: PamRules = { includes: [], required: [] };

/** See pam.d(5): a dash before the type says that the module may be missing. */
function parseRules(content: string): PamRules {
  const includes: string[] = [];
  const required: string[] = [];
  for (const line of content.replaceAll(/\\\n/g, ' ').split('\n')) {
    const included =
      /^\s*@include\s+(\S+)/.exec(line) ?? /^\s*-?\w+\s+(?:include|substack)\s+(\S+)/.exec(line);
    const rule = /^\s*(?:auth|account|session)\s+(required|requisite|\[[^\]]*\])\s+(\S+\.so)\b/.exec(line);
    if (included !== null) includes.push(included[1]);
    else if (rule !== null && !/(?:default|module_unknown)=ignore/.test(rule[1])) required.push(rule[2]);
  }
  return { includes: [...new Set(includes)], required: [...new Set(required)] };
}

/** The files of the services, and what they include, as far as they are there. */
function reachedRules(rules: ReadonlyMap<string, PamRules>): string[] {
  const reached = new Set(SERVICES.map(pathOf).filter((path) => rules.has(path)));
  for (const path of reached) {
    for (const name of rules.get(path)?.includes ?? []) {
      if (rules.has(pathOf(name))) reached.add(pathOf(name));
    }
  }
  return [...reached];
}

/** Names of all modules; `undefined` where it is not known where they are. */
async function listModules(files: HostFiles): Promise<Set<string> | undefined> {
  const parts = await files.list(LIBRARIES);
  const directories = [...parts].flatMap(([library, names]) => [
    `${library}/security`,
    ...names.filter((name) => /-linux-/.test(name)).map((name) => `${library}/${name}/security`),
  ]);
  const modules = new Set<string>();
  for (const [directory, names] of await files.list(directories)) {
    for (const name of names) modules.add(name).add(`${directory}/${name}`);
  }
  return modules.has(SURE_MODULE) ? modules : undefined;
}

function pathOf(name: string): string {
  return name.startsWith('/') ? name : `${PAM_RULES}/${name}`;
}
