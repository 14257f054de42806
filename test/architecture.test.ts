// The house rules hold over the whole project. `architecture/check-architecture.test.ts` shows that each can fail.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkArchitecture } from './architecture/check-architecture.js';
import { readProject } from './architecture/read-project.js';

const project = readProject(fileURLToPath(new URL('..', import.meta.url)));

test('the rules see the project', () => {
  expect([...project.keys()]).toEqual(
    expect.arrayContaining(['package.json', 'store/errors.ts', 'test/architecture.test.ts']),
  );
  expect(project.get('store/errors.ts')).toContain('SavepointError');
});

test('the project keeps the house rules', () => {
  expect(checkArchitecture(project)).toEqual([]);
});
