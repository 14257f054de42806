import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diffPoints, type FileChange } from '#src/diff-points.js';
import { countLines, patch } from '#src/patch.js';
import { encodeName } from '#store/names.js';
import { runTool } from '../fixtures/run-tool.js';
import { collect, createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { chooseSeeds } from '../simulation/choose-seeds.js';

interface Pair {
  readonly before: string | Buffer | { readonly link: string } | undefined;
  readonly after: Pair['before'];
}

function put(directory: string, name: Buffer | string, content: Pair['before'], mode = 0o644): void {
  const path = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name as string)]);
  rmSync(path, { force: true, recursive: true });
  if (content === undefined) return;
  if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, path);
  else writeFileSync(path, content);
  if (!(typeof content === 'object' && 'link' in content)) chmodSync(path, mode);
}

/** Saves `before`, makes `after` of it, and gives the changes to the live state. */
async function changesOf(tree: SavedTree, make: (side: 'before' | 'after') => void): Promise<FileChange[]> {
  make('before');
  await tree.save('before');
  runTool('cp', ['-a', tree.root, join(tree.directory, 'copy')]);
  make('after');
  return collect(diffPoints(tree.session, { before: 'before', after: 'live' }));
}

const patchesOf = async (tree: SavedTree, changes: readonly FileChange[]) => {
  const patches: string[] = [];
  for (const change of changes) patches.push((await patch(tree.session, change)) ?? 'binary');
  return patches;
};

/** Applies the patches to a copy of what was saved, and expects git to see no difference to the live tree. */
async function expectApplies(tree: SavedTree, changes: readonly FileChange[]): Promise<void> {
  const input = Buffer.concat((await patchesOf(tree, changes)).map((text) => encodeName(text)));
  const copy = join(tree.directory, 'copy');
  const strip = tree.root.split('/').length;
  runTool('git', ['apply', `-p${strip}`, '--whitespace=nowarn', '-'], { cwd: copy, input });
  runTool('git', ['diff', '--no-index', '--exit-code', copy, tree.root]);
}

/** `git diff --numstat` of the copy and the live tree: added and removed lines by name. */
function gitCounts(tree: SavedTree): Map<string, string> {
  const args = ['diff', '--no-index', '--no-renames', '--minimal', '--numstat', '-z', 'copy', 'tree'];
  let output = '';
  try {
    runTool('git', args, { cwd: tree.directory });
  } catch (error) {
    output = (error as { stdout: Buffer }).stdout.toString();
  }
  const words = output.split('\0');
  const counts = new Map<string, string>();
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [added, removed] = words[at].split('\t');
    const name = words[at + 2] === '/dev/null' ? words[at + 1] : words[at + 2];
    counts.set(name.replace(/^(copy|tree)\//, ''), `+${added} -${removed}`);
  }
  return counts;
}

const LINES = Array.from({ length: 40 }, (_, line) => `line ${line}\n`);
const edited = (edit: (lines: string[]) => void): string => {
  const lines = [...LINES];
  edit(lines);
  return lines.join('');
};

const PAIRS: Readonly<Record<string, Pair>> = {
  modified: { before: LINES.join(''), after: edited((lines) => lines.splice(20, 1, 'new\n', 'newer\n')) },
  'two hunks': { before: LINES.join(''), after: edited((lines) => [lines.pop(), lines.shift()]) },
  'new file': { before: undefined, after: 'a\nb\n' },
  'new empty file': { before: undefined, after: '' },
  'file that goes': { before: 'a\nb\n', after: undefined },
  'empty file that goes': { before: '', after: undefined },
  emptied: { before: 'a\nb\n', after: '' },
  filled: { before: '', after: 'a\n' },
  'no newline at the end before': { before: 'a\nb', after: 'a\nb\n' },
  'no newline at the end after': { before: 'a\nb\n', after: 'a\nb' },
  'no newline at either end': { before: 'a\nb', after: 'a\nc' },
  'only a newline': { before: '', after: '\n' },
  'carriage returns': { before: 'a\r\nb\r\nc', after: 'a\r\nx\r\nc' },
  'lone carriage returns and form feeds': { before: 'a\rb\f\u2028c\n', after: 'a\rb\fc\n' },
  'lines like a patch': {
    before: '--- a\n+++ b\n@@ -1 +1 @@\n',
    after: '--- a\n+++ c\n@@ -1 +2 @@\n\\ No newline\n',
  },
  'not UTF-8': {
    before: Buffer.from([0x61, 0xff, 0x0a, 0xc3, 0x28, 0x0a]),
    after: Buffer.from([0x61, 0xfe, 0x0a, 0xc3, 0x28, 0x0a]),
  },
  'byte order mark': { before: '\ufeffa\n', after: '\ufeffb\n' },
  'link elsewhere': { before: { link: 'here' }, after: { link: 'there' } },
  'new link': { before: undefined, after: { link: 'here' } },
  'link that goes': { before: { link: 'here' }, after: undefined },
  'file to link': { before: 'a\n', after: { link: 'here' } },
  'link to file': { before: { link: 'here' }, after: 'a\n' },
  'replaced as a whole': {
    before: Array.from({ length: 5000 }, (_, line) => `old ${line}\n`).join(''),
    after: Array.from({ length: 5000 }, (_, line) => `new ${line}\n`).join(''),
  },
};

const ODD_NAMES: readonly (string | Buffer)[] = [
  ...[
    'with space',
    'tab\there',
    'new\nline',
    'quote"',
    'back\\slash',
    'é世界',
    ' leading',
    'trailing ',
    '\u007f\u0001',
  ],
  Buffer.from([0x61, 0xff, 0x62]),
];

describe('git applies the patch of', () => {
  test.each(Object.entries(PAIRS))('%s', async (name, pair) => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => put(tree.root, name, pair[side]));
    await expectApplies(tree, changes);
  });

  test('all of them at once, with the lines that git counts', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      for (const [name, pair] of Object.entries(PAIRS)) put(tree.root, name, pair[side]);
    });
    const counts = gitCounts(tree);
    for (const change of changes) {
      const lines = await countLines(tree.session, change);
      const isOther = change.kind === 'type';
      if (!isOther && change.path !== '') {
        expect([change.path, `+${lines?.added} -${lines?.removed}`]).toEqual([
          change.path,
          counts.get(change.path),
        ]);
      }
    }
    expect(counts.size).toBeGreaterThan(Object.keys(PAIRS).length - 4);
    await expectApplies(tree, changes);
  });

  test('files with names that need quotes', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      for (const [number, name] of ODD_NAMES.entries()) {
        const isThere = number % 3 === 0 || (number % 3 === 1) === (side === 'after');
        put(tree.root, name, isThere ? `${side}\n` : undefined);
      }
    });
    await expectApplies(tree, changes);
  });

  test('changed modes, with and without changed contents', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      const [left, right] = side === 'before' ? [0o644, 0o755] : [0o755, 0o644];
      put(tree.root, 'made executable', 'a\n', left);
      put(tree.root, 'made plain', 'a\n', right);
      put(tree.root, 'changed too', `${side}\n`, left);
      put(tree.root, 'stays executable', `${side}\n`, 0o755);
      put(tree.root, 'new and executable', side === 'after' ? 'a\n' : undefined, 0o755);
    });
    await expectApplies(tree, changes);
  });

  test('files and whole directories that come and go', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      rmSync(join(tree.root, 'a'), { recursive: true, force: true });
      mkdirSync(join(tree.root, 'a', side), { recursive: true });
      for (const name of ['one', 'two']) tree.write(`a/${side}/${name}`, `${name}\n`);
    });
    await expectApplies(tree, changes);
  });
});

function randomLines(random: SeededRandom): string[] {
  return Array.from(
    { length: random.integer(30) },
    () => `${random.pick(['a', 'b', 'c', '', 'words and more'])}\n`,
  );
}

function randomEdit(random: SeededRandom, lines: readonly string[]): string[] {
  const next = [...lines];
  for (let edits = random.integer(4); edits >= 0; edits--) {
    next.splice(
      random.integer(next.length + 1),
      random.integer(4),
      ...randomLines(random).slice(0, random.integer(4)),
    );
  }
  return next;
}

describe.each(chooseSeeds(3))('seed %i', (seed) => {
  test('git applies the patches of random texts, and counts as many lines', async () => {
    const tree = await createSavedTree();
    const random = createRandom(seed);
    const texts = Array.from({ length: 60 }, () => {
      const lines = randomLines(random);
      const end = () => (random.integer(4) === 0 ? 'no newline' : '');
      return { before: lines.join('') + end(), after: randomEdit(random, lines).join('') + end() };
    });
    const changes = await changesOf(tree, (side) => {
      for (const [number, pair] of texts.entries()) tree.write(`${number}.txt`, pair[side]);
    });
    const counts = gitCounts(tree);
    for (const change of changes.filter(({ kind }) => kind === 'modified')) {
      const lines = await countLines(tree.session, change);
      expect([change.path, `+${lines?.added} -${lines?.removed}`]).toEqual([
        change.path,
        counts.get(change.path),
      ]);
    }
    await expectApplies(tree, changes);
  });
});

test('a patch reads as git would write it', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) =>
    put(
      tree.root,
      'a b.txt',
      edited((lines) => side === 'after' && lines.splice(5, 2, 'x\n')),
    ),
  );
  const [text] = await patchesOf(
    tree,
    changes.filter(({ path }) => path !== ''),
  );
  const path = join(tree.root, 'a b.txt').slice(1);
  const { before, after } = changes.find(({ path }) => path !== '') as FileChange;
  expect(text).toBe(
    [
      `diff --git a/${path} b/${path}`,
      `index ${before?.id?.slice(0, 12)}..${after?.id?.slice(0, 12)} 100644`,
      `--- a/${path}\t`,
      `+++ b/${path}\t`,
      '@@ -3,8 +3,7 @@',
      ...[' line 2', ' line 3', ' line 4', '-line 5', '-line 6', '+x', ' line 7', ' line 8', ' line 9', ''],
    ].join('\n'),
  );
});

test('two points give the same patch as a point and the live state', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => {
    for (const [name, pair] of Object.entries(PAIRS)) put(tree.root, name, pair[side]);
  });
  const live = await patchesOf(tree, changes);
  await tree.save('after');
  expect(
    await patchesOf(tree, await collect(diffPoints(tree.session, { before: 'before', after: 'after' }))),
  ).toEqual(live);
});

test('what has no words in a patch has an empty one, and no lines', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => {
    put(tree.root, 'file', 'content', side === 'before' ? 0o644 : 0o600);
    if (side === 'after') {
      mkdirSync(join(tree.root, 'directory'));
      runTool('mkfifo', [join(tree.root, 'fifo')]);
    }
  });
  expect(changes.map(({ path }) => path)).toEqual(['', 'directory', 'fifo', 'file']);
  expect(await patchesOf(tree, changes)).toEqual(['', '', '', '']);
  for (const change of changes)
    expect(await countLines(tree.session, change)).toEqual({ added: 0, removed: 0 });
});

test('what is not text has no patch: bytes with a NUL, and very long files', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => {
    tree.write('binary', side === 'after' ? Buffer.from([1, 0, 2]) : 'text');
    tree.write('was binary', side === 'before' ? Buffer.from([1, 0, 2]) : 'text');
    tree.write('long', `${side}\n`);
    if (side === 'after') truncateSync(join(tree.root, 'long'), (8 << 20) + 1);
    tree.write('late', `${'x'.repeat(8000)}\0${side}`);
  });
  const texts = changes.filter(({ path }) => path !== '');
  expect(texts.map(({ path }) => path)).toEqual(['binary', 'late', 'long', 'was binary']);
  const patches = await Promise.all(texts.map((change) => patch(tree.session, change)));
  expect(patches.map((text) => text === undefined)).toEqual([true, false, true, true]);
  expect(await countLines(tree.session, texts[0])).toBeUndefined();
});

test('a live file that changed since it was compared is read as it is now', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => tree.write('file', `${side}\n`));
  const change = changes.find(({ path }) => path === 'file') as FileChange;
  tree.write('file', 'later\n');
  expect(await patch(tree.session, change)).toContain('+later\n');
  tree.write('file', 'before\n');
  expect(await patch(tree.session, change)).toBe('');
});

test('a live file that is gone since it was compared, or is another kind of file, is not read', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => tree.write('file', `${side}\n`));
  const change = changes.find(({ path }) => path === 'file') as FileChange;
  renameSync(join(tree.root, 'file'), join(tree.root, 'moved'));
  await expect(patch(tree.session, change)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  symlinkSync('moved', join(tree.root, 'file'));
  await expect(patch(tree.session, change)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});
