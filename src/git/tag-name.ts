// The names of points as names of tags. The rules for points are git's own and stricter, so nearly all stay as they are; where a
// point `a` stands beside a point `a/b`, which git can't have as tags, the latter's slashes are written as '%2F'.

/** The branch that leads to the latest point. */
export const BRANCH = 'refs/heads/points';

/** What the refs of tags begin with. */
export const TAGS = 'refs/tags/';

/** `name` as the name of a tag, in an export that holds the points `others`, too (of which it may be one). */
export function tagNameOf(name: string, others: ReadonlySet<string>): string {
  const plain = name.replaceAll('%', '%25');
  return hasParent(name, others) ? plain.replaceAll('/', '%2F') : plain;
}

/** The name of the point that has the tag `tagName`; a tag that was made otherwise keeps its name. */
export function pointNameOf(tagName: string): string {
  const isOurs = !/%(?!25|2F)/.test(tagName);
  return isOurs ? tagName.replaceAll('%2F', '/').replaceAll('%25', '%') : tagName;
}

function hasParent(name: string, others: ReadonlySet<string>): boolean {
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    if (others.has(name.slice(0, at))) return true;
  }
  return false;
}
