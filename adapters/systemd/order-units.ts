// The order in which units are started: each after those that it names. Where that goes in a circle, by name.

export function orderUnits(names: readonly string[], after: (name: string) => readonly string[]): string[] {
  const left = new Set([...names].sort());
  const ordered: string[] = [];
  while (left.size > 0) {
    const free = [...left].find((name) => !after(name).some((other) => other !== name && left.has(other)));
    const next = free ?? [...left][0];
    left.delete(next);
    ordered.push(next);
  }
  return ordered;
}
