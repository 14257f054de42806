// What a point says of the configuration that it was taken by.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { recordConfiguration } from '#src/configuration/record-configuration.js';
import { createWorkspace } from '../cli/command-workspace.js';

const record = (text: string) => recordConfiguration(parseConfiguration(text, '/etc/savepoint.yaml'));

/** With a password wherever an address may have one. */
const SECRET =
  'health: [{ http: "https://ops:hush@host:8443/health?token=hush#hush" }, { http: "http://:hush@[" }]';

test('equal configurations are recorded equally, however they are written', () => {
  const one = record(
    'retention: { keepLast: 3, keepTags: [b, a] }\nguard: { timeout: 1m, triggers: [{ on: service, do: report }], priority: [kernel, database] }',
  );
  const other = record(
    'guard: { priority: [kernel, database], triggers: [{ do: report, on: service }], timeout: 60s }\nretention: { keepTags: [b, a], keepLast: 3 }',
  );
  expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  expect(Object.keys(one)).toEqual(['adapters', 'file', 'guard', 'retention']);
  expect(one).toMatchObject({
    file: '/etc/savepoint.yaml',
    retention: { keepLast: 3, keepTags: ['b', 'a'] },
    guard: {
      timeoutMs: 60_000,
      priority: ['kernel', 'database'],
      triggers: [{ do: 'report', on: 'service' }],
    },
  });
});

test('what is not written is recorded with its default', () => {
  const none = record('components: {}');
  expect(none).toEqual(record('retention: {}\nguard: {}'));
  expect(none).toMatchObject({ retention: { keepDaily: expect.any(Number) }, guard: { timeoutMs: 300_000 } });
});

test('addresses are recorded without what may be secret in them', () => {
  const recorded = record(`guard: { ${SECRET} }`);
  expect(JSON.stringify(recorded)).not.toContain('hush');
  expect(recorded).toMatchObject({
    guard: { health: [{ probe: { url: 'https://host:8443/health' } }, { probe: { url: 'http:' } }] },
  });
});

test('it is in points by a configuration, guarded ones, too, is shown, and is in no others', async () => {
  const { directory, tree, run, json } = createWorkspace();
  const configuration = `components: { app: { kind: files, paths: [${JSON.stringify(tree)}] } }\nretention: { keepLast: 7 }\n`;
  const file = join(directory, 'savepoint.yaml');
  writeFileSync(file, configuration);
  await run(['save', '--name', 'configured']);
  await run(['guard', '-m', 'guarded', '--', 'true']);
  const expected = expect.objectContaining({
    ...{ file, adapters: [], retention: expect.objectContaining({ keepLast: 7 }) },
    guard: expect.objectContaining({ priority: [], triggers: expect.any(Array) }),
  });
  expect((await json('show', 'configured')).configuration).toEqual(expected);
  expect(await json('show', 'latest')).toMatchObject({
    point: { message: 'guarded' },
    configuration: expected,
  });
  await run(['save', tree, '--name', 'plain']);
  expect(await json('show', 'plain')).not.toHaveProperty('configuration');
});
