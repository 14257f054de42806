// Components that have files in common go the same way: where one of them fails, or is left out, the others are, too.
import type { DecisionRecord } from '../journal/journal-record.js';

/** `names`, and those that have files in common with one of them, directly or through others. */
export function withEntangled(
  names: ReadonlySet<string>,
  components: readonly { readonly name: string; readonly leftTo?: readonly string[] | undefined }[],
): Set<string> {
  const all = new Set(names);
  for (let before = -1; before < all.size; ) {
    before = all.size;
    for (const { name, leftTo = [] } of components) {
      const together = [name, ...leftTo];
      if (together.some((each) => all.has(each))) for (const each of together) all.add(each);
    }
  }
  return all;
}

/** Whether nothing goes on without one of `names`. */
export function isDecisive(
  names: ReadonlySet<string>,
  components: readonly Pick<DecisionRecord['components'][number], 'name' | 'policy'>[],
): boolean {
  return components.some(({ name, policy }) => names.has(name) && policy.onError === 'abort');
}
