// The tree that `restore --dry-run` draws.
import { expect, test } from 'vitest';
import { planTree } from '#src/cli/plan-tree.js';
import { createStyle } from '#src/cli/style.js';

type Component = Parameters<typeof planTree>[0];
type Step = Component['steps'][number];

function step(what: Exclude<Step['do'], 'remove'>, path: string, type: 'file' | 'directory' = 'file'): Step {
  const time = { modifiedSeconds: 0, modifiedNanoseconds: 0 };
  const attributes = { name: path, type, mode: 0o644, userId: 0, groupId: 0, ...time };
  if (what === 'attributes') return { do: what, path, attributes };
  return { do: what, path, attributes, id: undefined, overDirectory: false };
}

function draw(parts: Partial<Component>): string[] {
  const component = {
    component: 'app',
    root: '/srv/app',
    steps: [],
    kept: [],
    problems: [],
    bytes: 0,
    ...parts,
  };
  return planTree(component, createStyle(false));
}

test('steps stand below their directories, and what is wholly new is one line', () => {
  const steps = [
    step('replace', 'etc/app.conf'),
    step('create', 'lib', 'directory'),
    step('create', 'lib/a'),
    step('create', 'lib/deep', 'directory'),
    step('create', 'lib/deep/b'),
    step('attributes', 'start'),
  ];
  expect(draw({ steps, kept: ['etc/mine', 'new\nline'] })).toEqual([
    '/srv/app  app',
    '├─ etc/',
    '│  ├─ replace app.conf',
    '│  └─ kept mine',
    '├─ create lib/  3 entries',
    '├─ attributes start',
    '└─ kept "new\\nline"',
  ]);
});

test('a new directory in which something is kept is drawn whole', () => {
  const steps = [step('create', 'lib', 'directory'), step('create', 'lib/a')];
  expect(draw({ steps, kept: ['lib/b'] })).toEqual([
    '/srv/app  app',
    '└─ create lib/',
    '   ├─ create a',
    '   └─ kept b',
  ]);
});

test('where there is nothing to do, nothing is drawn', () => {
  expect(draw({})).toEqual([]);
});
