// Checks what a schema can't: that the components that are named exist, and do not depend on each other in a circle, and
// that regular expressions are some. Passes over what has not the shape of a name: that is told already.
import { assert, isSavepointError } from '../../store/errors.js';
import { nearestNames } from '../nearest-names.js';
import { orderComponents } from '../rollback/order-components.js';
import {
  type ConfigurationProblem,
  joinSetting,
  listChoices,
  type Position,
  quote,
} from './configuration-problem.js';
import type { WrittenValue } from './read-yaml.js';

interface Reference {
  readonly name: string;
  readonly position: Position;
  readonly path: string;
}

interface WrittenDependent {
  readonly name: string;
  readonly after: readonly Reference[];
}

/**
 * What is wrong with `after` of components, and with `priority` and `triggers` of guard. `categories` may stand in the latter
 * too.
 */
export function checkReferences(root: WrittenValue, categories: readonly string[]): ConfigurationProblem[] {
  const dependents = readDependents(findValue(root, 'components'));
  const names = dependents.map(({ name }) => name);
  const listed =
    names.length > MOST_LISTED ? [...names.slice(0, MOST_LISTED), '…'].join(', ') : listChoices(names);
  const after = dependents.flatMap((dependent) => dependent.after);
  const guard = findValue(root, 'guard');
  const triggers = readTriggers(findValue(guard, 'triggers'));
  const chosen = [
    ...readReferences(findValue(guard, 'priority'), 'guard.priority'),
    ...triggers.flatMap(({ components }) => components),
  ];
  const hint = names.length === 0 ? '' : ` (${listed})`;
  return [
    ...findUnknown(after, { known: names, expected: `the name of a component${hint}` }),
    ...findUnknown(chosen, {
      known: [...names, ...categories],
      expected: `the name of a component${hint}, or a category (${listChoices(categories)})`,
    }),
    ...findCircle(dependents),
    ...triggers.flatMap(({ patterns }) => findUnreadable(patterns)),
  ];
}

const MOST_LISTED = 10;

function findValue(value: WrittenValue | undefined, key: string): WrittenValue | undefined {
  return value?.kind === 'mapping' ? value.entries.get(key)?.value : undefined;
}

function readDependents(components: WrittenValue | undefined): WrittenDependent[] {
  if (components?.kind !== 'mapping') return [];
  return [...components.entries].map(([name, { value }]) => {
    const path = joinSetting(joinSetting('components', name), 'after');
    return { name, after: readReferences(findValue(value, 'after'), path) };
  });
}

function readTriggers(triggers: WrittenValue | undefined) {
  if (triggers?.kind !== 'list') return [];
  return triggers.items.map((trigger, index) => {
    const path = joinSetting('guard.triggers', index);
    const read = (key: string) => readReferences(findValue(trigger, key), joinSetting(path, key));
    return { components: read('components'), patterns: read('patterns') };
  });
}

/** The texts in a list. */
function readReferences(list: WrittenValue | undefined, path: string): Reference[] {
  if (list?.kind !== 'list') return [];
  return list.items.flatMap((item, index) =>
    item.kind === 'scalar' && typeof item.value === 'string'
      ? [{ name: item.value, position: item.position, path: joinSetting(path, index) }]
      : [],
  );
}

function findUnknown(
  references: readonly Reference[],
  { known, expected }: { known: readonly string[]; expected: string },
): ConfigurationProblem[] {
  const names = new Set(known);
  return references
    .filter(({ name }) => !names.has(name))
    .map(({ name, position, path }) => ({
      ...{ position, path, expected, found: quote(name), nearest: nearestNames(name, known) },
    }));
}

function findUnreadable(patterns: readonly Reference[]): ConfigurationProblem[] {
  return patterns.flatMap(({ name, position, path }) => {
    try {
      new RegExp(name, 'u');
      return [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [
        { position, path, expected: 'a regular expression', found: `${quote(name)} (${error.message})` },
      ];
    }
  });
}

/** One circle at a time: to open it may open others. */
function findCircle(dependents: readonly WrittenDependent[]): ConfigurationProblem[] {
  try {
    orderComponents(
      dependents.map(({ name, after }) => ({ name, dependsOn: after.map((each) => each.name) })),
    );
    return [];
  } catch (error) {
    if (!isSavepointError(error, 'USAGE')) throw error;
    const circle = error.fields['circle'] as readonly string[];
    const [first, second] = circle;
    const link = dependents.find(({ name }) => name === first)?.after.find(({ name }) => name === second);
    assert(link !== undefined, `the circle ${circle.join(' ')} is in the file`);
    const advice = "Take one of these out of its 'after'.";
    return [
      {
        ...{ position: link.position, path: link.path, expected: 'an order without a circle' },
        ...{ found: circle.join(' after '), advice },
      },
    ];
  }
}
