// What files declare is read as the tools read them, and where they would not read them is said by line and column.
import { expect, test } from 'vitest';
import { parseManifest } from '#adapters/manifest/parse-manifest.js';

const declaredBy = (path: string, text: string) => {
  const { declared, flaws } = parseManifest({ path, text });
  expect(flaws).toEqual([]);
  return Object.fromEntries(declared.map(({ name, says }) => [name, says]));
};
const flawsOf = (path: string, text: string) =>
  parseManifest({ path, text }).flaws.map(({ line, column, message }) => [line, column, message]);

test('services of Compose have their images, merged from where they are written', () => {
  const text = `
x-base: &base { image: "nginx:1.25", restart: always }
services:
  web: { <<: *base, ports: ["80"] }
  built: { build: . }
  odd: !reset null
`;
  expect(declaredBy('/srv/compose.yaml', text)).toEqual({
    web: { image: 'nginx:1.25' },
    built: { image: 'built here' },
    odd: {},
  });
});

test('objects of Kubernetes have their images, from several documents, lists and JSON', () => {
  const container = (image: string) => ({ containers: [{ name: 'main', image }] });
  const cron = { spec: { template: { spec: container('job:2') } } };
  const list = {
    ...{ apiVersion: 'v1', kind: 'List' },
    items: [
      { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'night' }, spec: { jobTemplate: cron } },
    ],
  };
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { template: { spec: { initContainers: [{ image: "init:1" }], containers: [{ image: "nginx:1.25" }] } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
---
`;
  expect(declaredBy('/k8s/web.yml', text)).toEqual({
    'shop/Deployment/web': { images: ['init:1', 'nginx:1.25'] },
    'Service/web': {},
  });
  expect(declaredBy('/k8s/night.json', JSON.stringify(list))).toEqual({
    'CronJob/night': { images: ['job:2'] },
  });
});

test('programs of supervisord have their commands, without comments, over several lines', () => {
  const text = `; the web
[supervisord]
nodaemon = true
[program:web]
Command: /usr/bin/web --port 80 ; not more
  --verbose
environment=A="b=c"
[eventlistener:ear]
command=/usr/bin/ear#1
[group:all]
programs=web
`;
  expect(declaredBy('/etc/supervisor/conf.d/web.conf', text)).toEqual({
    web: { command: '/usr/bin/web --port 80\n--verbose' },
    ear: { command: '/usr/bin/ear#1' },
  });
});

test('YAML that is none is found by line and column', () => {
  expect(flawsOf('/a.yaml', 'services:\n  web:\n    image: "nginx\n')).toEqual([
    [4, 1, expect.stringMatching(/quote/)],
  ]);
  expect(flawsOf('/a.yaml', 'services:\n  web: { image: a }\n  web: { image: b }\n')).toEqual([
    [3, 3, expect.stringMatching(/unique/)],
  ]);
  expect(flawsOf('/a.yaml', 'services:\n  web: *base\n')).toEqual([
    [2, 8, "no anchor named 'base' stands before its use"],
  ]);
  expect(flawsOf('/a.json', '{"apiVersion": "v1",\n "kind": }')).toEqual([]);
  expect(flawsOf('/a.json', '{"apiVersion": "v1",\n "kind": "List"')).toHaveLength(1);
});

test('aliases that stand for more than fits into memory are a flaw, not a trouble', () => {
  const rows = Array.from(
    { length: 20 },
    (_, row) => `a${row + 1}: &a${row + 1} [*a${row}, *a${row}, *a${row}]`,
  );
  expect(flawsOf('/a.yaml', `services: {}\na0: &a0 [x]\n${rows.join('\n')}\n`)).toEqual([
    [1, 1, expect.stringMatching(/alias/i)],
  ]);
});

test('a file of supervisord that Python does not read is found by its line', () => {
  const text = 'key = value\n[program:web]\nbroken\n[program:db\n[program:empty]\nuser = root\n';
  expect(flawsOf('/web.conf', text)).toEqual([
    [1, 1, "'key = value' stands before the first section"],
    [2, 1, '[program:web] has no command'],
    [3, 1, "'broken' is neither a section nor an option with = and a value"],
    [4, 1, "'[program:db' begins a section without ending its name with ]"],
    [5, 1, '[program:empty] has no command'],
  ]);
});

test('files that declare nothing are left alone, whatever they are', () => {
  for (const [path, text] of [
    ['/nginx.conf', 'server { listen 80; }\n'],
    ['/playbook.yaml', 'a: {{ b }}: c\n'],
    ['/package.json', '{ not json'],
    ['/php.ini', '[PHP]\nbroken\n'],
  ])
    expect(parseManifest({ path, text })).toEqual({ declared: [], flaws: [] });
});
