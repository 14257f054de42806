// Names of units, and the names of files and directories that systemd reads a unit from, see systemd.unit(5).

/** Whether it stands for all units of such names. */
export function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

export function isTemplate(name: string): boolean {
  return /@\.[a-z]+$/.test(name);
}

/** Whether a unit is one that a setting names. */
export function matchesUnit(name: string, pattern: string): boolean {
  if (!isPattern(pattern)) return name === pattern;
  const expression = pattern.replace(/[^*?]/g, (character) => character.replace(/[.\\]/, '\\$&'));
  return new RegExp(`^${expression.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(name);
}

/** `service` of `app@x.service`. */
export function unitType(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** What its unit file can be called: its own name, and that of its template. */
export function fragmentNames(name: string): string[] {
  const instance = /^([^@]*@).+(\.[a-z]+)$/.exec(name);
  return instance === null ? [name] : [name, `${instance[1]}${instance[2]}`];
}

/** What the directories of its drop-ins can be called: `a-b.service.d`, `a-.service.d`, `service.d`. */
export function dropInDirectories(name: string): string[] {
  const type = unitType(name);
  const prefix = name.slice(0, -type.length - 1).replace(/@.*$/s, '');
  const dashes = [...prefix.matchAll(/-/g)].map(({ index }) => prefix.slice(0, index + 1));
  const shorter = dashes.filter((each) => each !== prefix).map((each) => `${each}.${type}`);
  return [...fragmentNames(name), ...shorter.reverse(), type].map((each) => `${each}.d`);
}
