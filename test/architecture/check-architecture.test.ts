// Every house rule goes red on a sample that breaks it, and names the place; a clean sample passes.
import { expect, test } from 'vitest';
import { checkArchitecture } from './check-architecture.js';

const CLEAN: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'savepoint',
    dependencies: { 'crc-32': '1', koffi: '1' },
    devDependencies: { vitest: '1' },
  }),
  'README.md': '# Savepoint\n',
  'store/checksum.ts': "// Checksums.\nimport crc from 'crc-32';\nexport const checksum = crc;\n",
  'store/build-kernel.mjs':
    "// Builds the kernel.\nimport { writeFileSync } from 'node:fs';\nwriteFileSync('k', '');\n",
  'adapters/posix.ts':
    "// POSIX.\nimport { checksum } from '../store/checksum.js';\nconst koffi = require('koffi');\nexport const p = [checksum, koffi];\n",
  'src/composition.ts': "// Composes.\nexport { p } from '../adapters/posix.js';\n",
  'src/index.ts': "// The API.\nexport { p } from './composition.js';\n",
  'src/cli/main.ts':
    "#!/usr/bin/env node\n// Starts.\nimport { p } from '../index.js';\nprocess.exitCode = p.length;\n",
  'examples/tour.mjs': "// A tour.\nimport { p } from 'savepoint';\nconsole.log(p);\n",
  'test/posix.test.ts':
    "// Tests.\nimport { p } from '#adapters/posix.js';\nimport { test } from 'vitest';\ntest('p', () => p);\n",
};

/** The complaints about the clean sample with `changes` made to it. */
function check(changes: Readonly<Record<string, string>> = {}): string[] {
  return checkArchitecture(new Map(Object.entries({ ...CLEAN, ...changes })));
}

test('a clean project has no complaints', () => {
  expect(check()).toEqual([]);
});

test.each([
  ['store', 'node:fs', "store/ is platform-neutral and may not import 'node:fs'"],
  ['store', 'fs', "store/ is platform-neutral and may not import 'fs'"],
  ['store', 'koffi', "store/ is platform-neutral and may not import 'koffi'"],
  ['store', '../adapters/posix.js', "store/ may not import 'adapters/posix.ts'"],
  ['store', '../src/index.js', "store/ may not import 'src/index.ts'"],
  ['store', '#src/index.js', "store/ may not import 'src/index.ts'"],
  ['store', '../dist/src/index.js', "store/ may not import 'src/index.ts'"],
  ['store', '../dist/program/savepoint.js', "store/ may not import 'src/cli/main.ts'"],
  ['store', 'savepoint', "store/ may not import 'src/index.ts'"],
  ['store', './build-kernel.mjs', "product code may not import the script 'store/build-kernel.mjs'"],
  ['adapters', '../src/index.js', "adapters/ may not import 'src/index.ts'"],
  ['adapters', '../test/posix.test.js', "adapters/ may not import 'test/posix.test.ts'"],
  [
    'src',
    '../adapters/posix.js',
    "within src/ only src/composition.ts may import adapters, not 'adapters/posix.ts'",
  ],
  ['src', '../examples/tour.mjs', "src/ may not import 'examples/tour.mjs'"],
  [
    'src/cli',
    '../composition.js',
    "src/cli/ may import only src/index.ts and its own files, not 'src/composition.ts'",
  ],
  [
    'src/cli',
    '../../store/checksum.js',
    "src/cli/ may import only src/index.ts and its own files, not 'store/checksum.ts'",
  ],
  ['examples', '../test/posix.test.js', "examples/ may not import 'test/posix.test.ts'"],
  ['test', '../biome.js', "imports 'biome.ts', which is in none of the layers"],
  ['test', '../../elsewhere/file.js', "imports '../elsewhere/file.ts', which is in none of the layers"],
])('%s may not import %s', (folder, specifier, complaint) => {
  const path = `${folder}/sample.ts`;
  expect(check({ [path]: `// A sample.\nimport '${specifier}';\n` })).toEqual([`${path}:2: ${complaint}`]);
});

test.each([
  ["import type { P } from '../src/index.js';"],
  ["import { type P } from '../src/index.js';"],
  ["export { p } from '../src/index.js';"],
  ["export type { P } from '../src/index.js';"],
  ["export const p = import('../src/index.js');"],
  ['export const p = import(`../src/index.js`);'],
  ["export type P = import('../src/index.js').P;"],
  ["export const p = require('../src/index.js');"],
  ["export const p = require.resolve('../src/index.js');"],
  ["import p = require('../src/index.js');"],
  ["export const worker = new URL('../src/index.js', import.meta.url);"],
])('a layer cannot be skipped with: %s', (statement) => {
  expect(check({ 'adapters/sample.ts': `// A sample.\n${statement}\n` })).toEqual([
    "adapters/sample.ts:2: adapters/ may not import 'src/index.ts'",
  ]);
});

test('a computed import is allowed in the composition root only', () => {
  const text = '// A sample.\nexport const load = (name: string) => import(name);\n';
  expect(check({ 'src/sample.ts': text })).toEqual([
    'src/sample.ts:2: a computed import hides what it loads; only src/composition.ts may',
  ]);
  expect(
    check({
      'src/composition.ts': `${CLEAN['src/composition.ts']}export const load = (n: string) => import(n);\n`,
    }),
  ).toEqual([]);
});

test('the store may not use what only Node defines', () => {
  const text = '// A sample.\nexport const size = (b: Buffer) => b.process;\nexport const o = { process };\n';
  expect(check({ 'store/sample.ts': text })).toEqual([
    "store/sample.ts:2: store/ is platform-neutral and may not use 'Buffer'",
    "store/sample.ts:3: store/ is platform-neutral and may not use 'process'",
  ]);
});

test.each([
  [
    'values',
    "import { b } from './b.js';\nexport const a = b;",
    "import { a } from './a.js';\nexport const b = a;",
  ],
  [
    'types',
    "import type { B } from './b.js';\nexport type A = B;",
    "import type { A } from './a.js';\nexport type B = A;",
  ],
  ['re-exports', "export { b } from './b.js';", "export { a } from './a.js';"],
  [
    'dynamic imports',
    "export const a = () => import('./b.js');",
    "import { a } from './a.js';\nexport const b = a;",
  ],
])('a cycle of %s is found', (_kind, a, b) => {
  const files = { 'src/a.ts': `// A.\n${a}\n`, 'src/b.ts': `// B.\n${b}\n` };
  expect(check(files)).toEqual(['src/a.ts:1: imports itself: src/a.ts → src/b.ts → src/a.ts']);
});

test('a cycle of three files through an alias is found', () => {
  const files = {
    'test/a.ts': "// A.\nimport './b.js';\n",
    'test/b.ts': "// B.\nimport '../test/c.js';\n",
    'test/c.ts': "// C.\nimport './a.js';\n",
  };
  expect(check(files)).toEqual([
    'test/a.ts:1: imports itself: test/a.ts → test/b.ts → test/c.ts → test/a.ts',
  ]);
});

test.each([
  ["export * from './composition.js';", 'exports with *'],
  ["export * as all from './composition.js';", 'exports with *'],
  ['export default 1;', 'exports a default'],
  ['const x = 1;\nexport { x as default };', 'exports a default'],
])('product code may not say: %s', (statement, complaint) => {
  const line = statement.split('\n').length + 1;
  expect(check({ 'src/sample.ts': `// A sample.\n${statement}\n` })).toEqual([
    `src/sample.ts:${line}: ${complaint}: export each thing by its name`,
  ]);
  expect(
    check({
      'test/sample.ts': `// A sample.\n${statement.replace('./composition', '../src/composition')}\n`,
    }),
  ).toEqual([]);
});

test('a declaration of a package that exports a default may say so', () => {
  const text =
    "// What the package gives.\ndeclare module 'koffi' {\n  export default function load(): void;\n}\n";
  expect(check({ 'adapters/koffi.d.ts': text })).toEqual([]);
});

test('a file has at most 300 lines', () => {
  const lines = (count: number) => `// A sample.\n${'export {};\n'.repeat(count - 1)}`;
  expect(check({ 'test/sample.ts': lines(300) })).toEqual([]);
  expect(check({ 'test/sample.ts': lines(301) })).toEqual([
    'test/sample.ts:1: has 301 lines, more than 300: look for the second thing it does',
  ]);
});

test.each([
  ['function long() {', '}', 'long'],
  ['export const long = () => {', '};', 'long'],
  ['class K { long() {', '} }', 'long'],
  ['class K { get long() {', '} }', 'long'],
  ['class K { long = () => {', '}; }', 'long'],
  ['const o = { long() {', '} };', 'long'],
  ['const o = { long: async () => {', '} };', 'long'],
  ['function outer(f = function long() {', '}) {}', 'outer'],
  ['setTimeout(() => {', '});', 'callback of setTimeout'],
  ['(() => {', '})();', 'anonymous function'],
])('a function has at most 60 lines: %s', (opening, closing, name) => {
  const text = (count: number) => `// A sample.\n\n${opening}\n${'void 0;\n'.repeat(count - 2)}${closing}\n`;
  expect(check({ 'src/sample.ts': text(60) })).toEqual([]);
  expect(check({ 'src/sample.ts': text(61) })).toContain(
    `src/sample.ts:3: '${name}' has 61 lines, more than 60`,
  );
  expect(check({ 'test/sample.ts': text(61) })).toEqual([]);
});

test.each([
  ['export {};\n', 'does not open with a comment'],
  ['export {};\n// Too late.\n', 'does not open with a comment'],
  ['// biome-ignore lint: a directive says nothing\nexport {};\n', 'does not open with a comment'],
  ['// 1\n// 2\n// 3\n// 4\nexport {};\n', 'opens with 4 lines of comment, more than 3'],
  ['/*\n * 2\n * 3\n */\nexport {};\n', 'opens with 4 lines of comment, more than 3'],
])('a file opens with one to three lines of comment: %j', (text, complaint) => {
  expect(check({ 'src/sample.ts': text })).toEqual([`src/sample.ts:1: ${complaint}`]);
});

test.each([
  ['// 1\n// 2\n// 3\n/** Of the constant. */\nexport const a = 1;\n'],
  ['// 1\n// 2\n\n// Another comment\n// of\n// its own.\nexport const a = 1;\n'],
  ['/* 1 */\nexport const a = 1;\n'],
])('an opening comment may be: %j', (text) => {
  expect(check({ 'src/sample.ts': text })).toEqual([]);
});

test.each([
  ['src/utils.ts', "'utils' does not say what is inside"],
  ['test/string-helpers.ts', "'string-helpers' does not say what is inside"],
  ['src/types.ts', "'types' does not say what is inside"],
  ['src/common/thing.ts', "'common' does not say what is inside"],
  ['store/misc.test.ts', "'misc' does not say what is inside"],
  ['src/readFile.ts', "'readFile' is not kebab-case"],
  ['src/read_file.ts', "'read_file' is not kebab-case"],
  ['examples/Tour.mjs', "'Tour' is not kebab-case"],
  ['src/Rollback/plan.ts', "'Rollback' is not kebab-case"],
])('a file may not be called %s', (path, complaint) => {
  expect(check({ [path]: '// A sample.\nexport {};\n' })).toEqual([`${path}:1: ${complaint}`]);
});

test.each(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'])('%s is found in code and in documents', (mark) => {
  const complaint = `has '${mark}': finish it, or open an issue`;
  expect(check({ 'src/sample.ts': `// A sample.\nexport {}; // ${mark}: more\n` })).toEqual([
    `src/sample.ts:2: ${complaint}`,
  ]);
  expect(check({ 'store/FORMAT.md': `# Format\n\n${mark}\n` })).toEqual([`store/FORMAT.md:3: ${complaint}`]);
  expect(
    check({ 'src/sample.ts': `// Not${mark}s.\nexport const template = '${mark.repeat(2)}';\n` }),
  ).toEqual([]);
});

test.each(['notes.txt', '.github/workflows/test.yml', 'packages/a.ts', '.eslintrc'])(
  '%s is not at the top level',
  (path) => {
    expect(check({ [path]: '' })).toEqual([
      `${path.split('/')[0]}: is not part of the layout: put it into one of the folders`,
    ]);
  },
);

test('product code imports only declared dependencies', () => {
  const complaint = (name: string) =>
    `src/sample.ts:2: imports '${name}', which is not in package.json's dependencies`;
  const importing = (name: string) => ({ 'src/sample.ts': `// A sample.\nimport '${name}';\n` });
  expect(check(importing('left-pad/index.js'))).toEqual([complaint('left-pad')]);
  expect(check(importing('@scope/name/part.js'))).toEqual([complaint('@scope/name')]);
  expect(check(importing('vitest'))).toEqual([complaint('vitest')]);
});

test('tests and scripts import only declared dependencies of either kind', () => {
  const text = "// A sample.\nimport 'koffi';\nimport 'vitest';\nimport 'left-pad';\n";
  for (const path of ['test/sample.ts', 'examples/sample.mjs', 'store/sample.mjs']) {
    expect(check({ [path]: text })).toEqual([
      `${path}:4: imports 'left-pad', which is not in package.json's devDependencies`,
    ]);
  }
});

test('a dependency that only tests import is not one of the product', () => {
  const manifest = {
    name: 'savepoint',
    dependencies: { 'crc-32': '1', koffi: '1', memfs: '1' },
    devDependencies: { vitest: '1' },
  };
  const files = {
    'package.json': JSON.stringify(manifest),
    'test/sample.ts': "// A sample.\nimport 'memfs';\n",
  };
  expect(check(files)).toEqual(["package.json: no product code imports the dependency 'memfs'"]);
});

test('a file that does not parse is reported', () => {
  expect(check({ 'src/sample.ts': '// A sample.\nconst = ;\n' })).toEqual([
    expect.stringMatching(/^src\/sample\.ts:1: does not parse: /),
  ]);
});

test('AssemblyScript is held to the rules on names, size and text only', () => {
  const text = '@inline\nfunction f(): u32 { return 1; }\n';
  expect(check({ 'store/kernel.as.ts': text })).toEqual([]);
  expect(check({ 'store/Kernel.as.ts': text })).toEqual(["store/Kernel.as.ts:1: 'Kernel' is not kebab-case"]);
});
