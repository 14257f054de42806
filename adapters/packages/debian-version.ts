// Which of two versions of Debian packages is the later one: deb-version(7).

/** Below 0 where `left` is earlier, above 0 where it is later. */
export function compareVersions(left: string, right: string): number {
  const [first, second] = [splitVersion(left), splitVersion(right)];
  return (
    first.epoch - second.epoch ||
    compareParts(first.upstream, second.upstream) ||
    compareParts(first.revision, second.revision)
  );
}

function splitVersion(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** By turns what is no number, letter by letter, and what is one. */
function compareParts(left: string, right: string): number {
  const [first, second] = [tokens(left), tokens(right)];
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    const [one = '', other = ''] = [first[at], second[at]];
    const order = at % 2 === 0 ? compareWords(one, other) : compareNumbers(one, other);
    if (order !== 0) return order;
  }
  return 0;
}

function tokens(part: string): string[] {
  const found = part.match(/\d+|\D+/g) ?? [];
  return /^\d/.test(part) ? ['', ...found] : [...found];
}

function compareWords(left: string, right: string): number {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = rank(left[at]) - rank(right[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** '~' comes before the end, that before letters, and those before all else. */
function rank(letter: string | undefined): number {
  if (letter === undefined) return 0;
  if (letter === '~') return -1;
  const code = letter.charCodeAt(0);
  return /[A-Za-z]/.test(letter) ? code : code + 256;
}

function compareNumbers(left: string, right: string): number {
  const difference = BigInt(left === '' ? '0' : left) - BigInt(right === '' ? '0' : right);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
