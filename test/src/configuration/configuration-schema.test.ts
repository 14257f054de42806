// The published schema: it is one, other validators take and refuse the same files by it, and its defaults are ours.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkShape, type SchemaKeywords } from '#src/configuration/check-shape.js';
import { ADAPTED_KINDS } from '#src/configuration/configuration.js';
import { readSchema } from '#src/configuration/configuration-schema.js';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { readYaml, type WrittenValue } from '#src/configuration/read-yaml.js';
import { FILE } from './expect-refusal.js';

const SOURCE = new URL('../../../src/configuration/savepoint.schema.json', import.meta.url);
const schema = readSchema();
const definitions = schema.$defs as Readonly<Record<string, SchemaKeywords>>;
const ajv = new Ajv2020({ strictTypes: false });
const validate = ajv.compile(schema);

const CHECKS = [
  { command: 'true', required: false, interval: '5s', timeout: 10, healthyFor: '1m', deadline: '2m' },
  { http: 'http://127.0.0.1/health' },
  { tcp: '127.0.0.1:80' },
  { file: '/run/app' },
  { unit: 'app.service' },
  { disk: { path: '/', freeBytes: '1GiB' } },
  { process: 'app' },
];
const WHOLE = {
  components: {
    etc: {
      ...{ kind: 'config', paths: ['/etc'], exclude: ['mtab'], category: 'security', critical: true },
      ...{ after: [], onError: 'abort', validate: ['true'], swap: true, oneFileSystem: true },
      ...{ neverRevert: ['/etc/app.yaml#db.password'], reload: ['nginx.service'], checkFormats: true },
    },
    app: { kind: 'files', paths: ['/srv/app', '/opt/app'], after: ['etc'] },
    db: {
      ...{ kind: 'postgres', url: 'postgres://me@db/app', databases: ['app_*'], roles: false, jobs: 2 },
      ...{
        passwordFile: '/etc/pw',
        systemUser: 'postgres',
        programs: '/opt/pg/bin',
        drain: '1s',
        lockTimeout: 5,
      },
    },
    shop: { kind: 'mariadb', url: 'mysql://me@db/shop', users: false, drain: 3, databases: ['*'] },
    small: { kind: 'sqlite', paths: ['/var/lib/app/*.db'], busyTimeout: '1m', program: '/usr/bin/sqlite3' },
    cache: { kind: 'redis', url: 'unix:///run/redis.sock?db=1', keys: ['session:*'], databases: [0, 1] },
    web: { kind: 'systemd', units: ['nginx.service', 'app@*.service'], onChange: 'reload', timeout: '1m' },
    kernel: {
      ...{ kind: 'kernel', sysctl: ['vm.*'], modules: ['nf_*'], processes: ['app'], cgroups: ['app.slice'] },
      ...{ interrupts: true, memory: true, block: ['sd*'], interfaces: ['eth*'], mounts: ['/srv'] },
      firewall: true,
    },
    packages: { kind: 'packages', managers: ['apt', 'npm'], repack: false, npmPrefix: '/usr/local' },
    access: { kind: 'security', users: ['*'], capabilities: ['/usr/bin'], wayIn: ['root'] },
    jobs: { kind: 'manifest', paths: ['/etc/supervisor'], apply: 'true', read: 'true', timeout: 30 },
    git: { kind: 'custom', adapter: 'git-checkout', settings: { repositories: ['/srv/app'] } },
  },
  retention: {
    ...{ keepLast: 1, keepPerComponent: 0, keepHours: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 },
    maxBytes: '20GiB',
  },
  guard: {
    ...{ timeout: '5m', confirm: 60, triggers: ['failure'], partial: true, priority: ['etc'] },
    health: CHECKS,
  },
};

describe('the schema', () => {
  it('is a valid JSON Schema, and the file that is published', () => {
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(schema).toEqual(JSON.parse(readFileSync(SOURCE, 'utf8')));
  });

  it('uses no keyword that the check does not know', () => {
    const known = new Set([
      ...['$schema', '$defs', '$ref', 'title', 'description', 'default', 'type', 'enum', 'const', 'pattern'],
      ...['minimum', 'exclusiveMinimum', 'items', 'minItems', 'properties', 'additionalProperties'],
      ...['propertyNames', 'required', 'allOf', 'oneOf', 'if', 'then', 'else'],
    ]);
    expect([...keywordsOf(schema)].filter((keyword) => !known.has(keyword))).toEqual([]);
  });

  it('describes each setting, where it stands or where it refers to', () => {
    for (const [name, definition] of [['', schema] as const, ...Object.entries(definitions)]) {
      for (const [key, property] of Object.entries(definition.properties ?? {})) {
        if (property === true) continue;
        const { $ref, description } = property as { $ref?: string; description?: string };
        const referred = $ref === undefined ? undefined : definitions[$ref.replace('#/$defs/', '')];
        const said =
          description ??
          (referred as { description?: string; title?: string })?.description ??
          referred?.title;
        expect(said, `${name}.${key}`).toEqual(expect.any(String));
      }
    }
  });

  it('has the kinds that this version has adapters for as those whose shape it knows', () => {
    const shapes = (definitions['component'].allOf ?? []) as readonly SchemaKeywords[];
    const shaped = shapes.flatMap((shape): readonly unknown[] => {
      const kind = (shape.if as SchemaKeywords).properties?.['kind'] as SchemaKeywords;
      return kind.enum ?? [kind.const];
    });
    expect(shaped).toEqual([...ADAPTED_KINDS]);
    expect(definitions['kind'].enum).toEqual(expect.arrayContaining([...ADAPTED_KINDS]));
  });

  it('takes and refuses what another validator does', () => {
    expect(isTaken(WHOLE)).toBe(true);
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(mutants(WHOLE), (mutant) => {
        const isValid = validate(mutant);
        expect(isTaken(mutant), ajv.errorsText(validate.errors)).toBe(isValid);
        counts[isValid ? 'taken' : 'refused']++;
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(100);
  });
});

describe('a default of the schema', () => {
  const text = JSON.stringify({
    components: { etc: { kind: 'config', paths: ['/etc'] } },
    guard: { health: [{ command: 'true' }] },
  });
  const parsed = parseConfiguration(text, FILE);
  const spelt = parseConfiguration(JSON.stringify(speltOut()), FILE);

  it('is what a file means that leaves it out', () => {
    expect(parsed).toEqual(spelt);
    expect(parsed.retention).toEqual(defaultsOf('retention'));
    expect(parsed.components[0]).toMatchObject(defaultsOf('fileComponent'));
    expect(parsed.guard).toMatchObject({
      triggers: (defaultsOf('guard')['triggers'] as string[]).map((on) => ({ on, do: 'revert' })),
      ...{ partial: defaultsOf('guard')['partial'] },
      ...{ timeoutMs: 300_000, health: [{ required: true, intervalMs: 5_000, timeoutMs: 10_000 }] },
    });
    expect(defaultsOf('guard')).toMatchObject({ timeout: '5m' });
    expect(defaultsOf('healthCheck')).toEqual({ required: true, interval: '5s', timeout: '10s' });
  });

  it('that depends on other settings follows them', () => {
    const component = (settings: object) =>
      parseConfiguration(JSON.stringify({ components: { a: { paths: ['/a'], ...settings } } }), FILE)
        .components[0];
    expect(component({ kind: 'files' })).toMatchObject({ category: 'filesystem', onError: 'continue' });
    expect(component({ kind: 'config' })).toMatchObject({ category: 'configuration', onError: 'continue' });
    expect(component({ kind: 'files', critical: true })).toMatchObject({ onError: 'abort' });
    expect(component({ kind: 'files', critical: false })).toMatchObject({ onError: 'continue' });
  });

  /** The same file with every default written out. */
  function speltOut() {
    const etc = { kind: 'config', paths: ['/etc'], category: 'configuration', onError: 'continue' };
    return {
      components: { etc: { ...defaultsOf('fileComponent'), ...etc } },
      retention: defaultsOf('retention'),
      guard: { ...defaultsOf('guard'), health: [{ ...defaultsOf('healthCheck'), command: 'true' }] },
    };
  }
});

function defaultsOf(definition: string): Record<string, unknown> {
  const properties = Object.entries(definitions[definition].properties ?? {});
  return Object.fromEntries(
    properties.flatMap(([name, property]) => {
      const value = (property as SchemaKeywords).default;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function isTaken(value: unknown): boolean {
  const { root, problems } = readYaml(JSON.stringify(value));
  expect(problems).toEqual([]);
  return checkShape(root as WrittenValue, schema, { path: '', root: schema }).length === 0;
}

const NAMES_INSIDE = new Set(['properties', '$defs']);

function* keywordsOf(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) yield* keywordsOf(each);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    yield key;
    if (key === 'default') continue;
    for (const each of NAMES_INSIDE.has(key) ? Object.values(inner as object) : [inner])
      yield* keywordsOf(each);
  }
}

/** `whole` with one to three of its settings replaced, removed or joined by others. */
function mutants(whole: object): fc.Arbitrary<unknown> {
  const value = fc.constantFrom<unknown>(
    ...[
      null,
      true,
      false,
      0,
      1,
      -1,
      1.5,
      '',
      ' ',
      'x',
      '/etc',
      'etc',
      '5m',
      '0s',
      '1h30m',
      '20GiB',
      '1.5 MB',
    ],
    ...['files', 'config', 'redis', 'abort', 'kernel', 'localhost:1', 'https://a', [], ['/a'], ['a', 1], {}],
    ...[{ kind: 'files' }, { kind: 'config', paths: ['/a'] }, { path: '/', freeBytes: 1 }, { file: '/a' }],
  );
  const key = fc.constantFrom(
    'kind',
    'paths',
    'file',
    'critical',
    'timeout',
    'a b',
    '__proto__',
    'constructor',
  );
  const change = fc.record({
    at: fc.constantFrom(...pathsOf(whole)),
    value,
    key,
    how: fc.constantFrom('set', 'remove', 'add'),
  });
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce((mutant, each) => mutate(mutant, each), JSON.parse(JSON.stringify(whole)) as unknown),
    );
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  const inner = value as Record<string | number, unknown>;
  return [path, ...[...keys].flatMap((key) => pathsOf(inner[key], [...path, key]))];
}

function mutate(value: unknown, change: { at: Path; value: unknown; key: string; how: string }): unknown {
  const [head, ...rest] = change.at;
  if (head === undefined) {
    if (change.how !== 'add' || typeof value !== 'object' || value === null || Array.isArray(value))
      return change.value;
    return Object.fromEntries([...Object.entries(value), [change.key, change.value]]);
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => (index === head ? mutate(item, { ...change, at: rest }) : item));
    return change.how === 'remove' && rest.length === 0 ? value.filter((_, index) => index !== head) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    if (name !== head) return [[name, inner]];
    return change.how === 'remove' && rest.length === 0
      ? []
      : [[name, mutate(inner, { ...change, at: rest })]];
  });
  return Object.fromEntries(entries);
}
