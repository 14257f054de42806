// What patterns of paths match.
import { expect, test } from 'vitest';
import { compilePathPattern } from '#src/path-pattern.js';
import type { ComponentRecord } from '#src/point-record.js';

const at = (name: string, origin: string) => ({ name, origin }) as ComponentRecord;
const etc = at('etc', '/etc');

function matched(pattern: string, paths: readonly string[], component = etc): string[] {
  const { matches } = compilePathPattern(pattern);
  return paths.filter((path) => matches(component, path));
}

const PATHS = ['', 'nginx', 'nginx/nginx.conf', 'nginx/sites/a.conf', 'passwd', 'nginx.conf', '.hidden.conf'];

test.each([
  ['*.conf', ['nginx/nginx.conf', 'nginx/sites/a.conf', 'nginx.conf', '.hidden.conf']],
  ['nginx', ['nginx']],
  ['nginx*', ['nginx', 'nginx/nginx.conf', 'nginx.conf']],
  ['etc', ['']],
  ['nginx/*.conf', ['nginx/nginx.conf']],
  ['nginx/**', ['nginx', 'nginx/nginx.conf', 'nginx/sites/a.conf']],
  ['**/*.conf', ['nginx/nginx.conf', 'nginx/sites/a.conf', 'nginx.conf', '.hidden.conf']],
  ['/etc/nginx/*.conf', ['nginx/nginx.conf']],
  ['/etc', ['']],
  ['/etc/*', ['nginx', 'passwd', 'nginx.conf', '.hidden.conf']],
  ['/*/passwd', ['passwd']],
  ['/srv/*', []],
  ['etc:*.conf', ['nginx.conf', '.hidden.conf']],
  ['etc:nginx/*', ['nginx/nginx.conf']],
  ['web:*', []],
])('%s means %j', (pattern, expected) => {
  expect(matched(pattern, PATHS)).toEqual(expected);
});

test('what is spelt out matches itself, whatever characters it has', () => {
  const odd = ['a[1](b).txt', 'dir*/x', 'a:b', 'q?'];
  for (const path of odd) {
    expect(matched(path, odd)).toEqual([path]);
    expect(matched(`/etc/${path}`, odd)).toEqual([path]);
    expect(matched(`etc:${path}`, odd)).toEqual([path]);
  }
});

test('a component at the root of the system has live paths like any other', () => {
  expect(matched('/etc/*', ['etc/passwd', 'etc', 'passwd'], at('root', '/'))).toEqual(['etc/passwd']);
});

test.each([
  ['*.conf', ['']],
  ['nginx/sites/*.conf', ['nginx/sites']],
  ['nginx/*/a', ['nginx']],
  ['/etc/nginx/nginx.conf', ['nginx/nginx.conf']],
  ['/etc/n*', ['']],
  ['/e*/nginx', ['']],
  ['/srv/www', []],
  ['etc:nginx/a', ['nginx/a', 'etc:nginx/a']],
  ['web:nginx/a', ['web:nginx/a']],
])('all that %s can match is below %j', (pattern, expected) => {
  expect(compilePathPattern(pattern).findScope(etc)).toEqual(expected);
});

test.each(['', '/', '.', './'])("the pattern '%s' names nothing", (pattern) => {
  expect(() => compilePathPattern(pattern)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
