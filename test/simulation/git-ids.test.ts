// The component's `files` tree is git's own: real git, and isomorphic-git for sha1, give the same ids for the same tree.
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { createFsFromVolume, Volume } from 'memfs';
import { expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { save } from '#src/save.js';
import { createSession } from '#src/session.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

type ObjectFormat = 'sha1' | 'sha256';

const FORMATS: ObjectFormat[] = ['sha256', 'sha1'];
const SEEDS = [1, 2, 3];
const FILES = 250;

/** The id that savepoint gives the tree at `directory`. */
async function savedTree(directory: string, format: ObjectFormat): Promise<string> {
  const session = await createSession(join(createTemporaryDirectory(), 'store'), format);
  const { components, problems } = await save(session, componentsOfPaths([directory]));
  await session.close();
  expect(problems).toEqual([]);
  return components[0].tree;
}

/** The id that real git gives it, in a repository that lies elsewhere. */
function gitTree(directory: string, format: ObjectFormat): string {
  const repository = createTemporaryDirectory();
  const settings = ['core.autocrlf=false', 'core.fileMode=true', 'core.excludesFile=/dev/null'];
  const run = (...args: string[]) => {
    const options = settings.flatMap((setting) => ['-c', setting]);
    const place = [`--git-dir=${repository}/git`, `--work-tree=${directory}`];
    return runTool('git', [...options, ...place, ...args], { cwd: directory })
      .toString()
      .trim();
  };
  run('init', '--quiet', `--object-format=${format}`);
  run('add', '--all', '--force');
  return run('write-tree');
}

/** The id that isomorphic-git gives it: blobs and trees written one by one. */
async function isomorphicTree(directory: string): Promise<string> {
  const fs = createFsFromVolume(new Volume());
  const repository = { fs, dir: '/repository' };
  await git.init(repository);
  const writeDirectory = async (path: string): Promise<string> => {
    const tree = [];
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) {
        const oid = await writeDirectory(child);
        tree.push({ mode: '040000', path: entry.name, oid, type: 'tree' as const });
        continue;
      }
      const blob = entry.isSymbolicLink() ? readlinkSync(child, 'buffer') : readFileSync(child);
      const oid = await git.writeBlob({ ...repository, blob });
      const executable = lstatSync(child).mode & 0o100;
      const mode = entry.isSymbolicLink() ? '120000' : executable ? '100755' : '100644';
      tree.push({ mode, path: entry.name, oid, type: 'blob' as const });
    }
    return git.writeTree({ ...repository, tree });
  };
  return writeDirectory(directory);
}

it.each(FORMATS.flatMap((format) => SEEDS.map((seed) => ({ format, seed }))))(
  'the tree made from seed $seed has the $format id that git gives it',
  async ({ format, seed }) => {
    const directory = join(createTemporaryDirectory(), 'tree');
    makePlainTree(directory, { seed, files: FILES });
    const saved = await savedTree(directory, format);
    expect(saved).toBe(gitTree(directory, format));
    expect(saved).toHaveLength(format === 'sha1' ? 40 : 64);
  },
);

it.each(SEEDS)('the tree made from seed %i has the sha1 id that isomorphic-git gives it', async (seed) => {
  const directory = join(createTemporaryDirectory(), 'tree');
  makePlainTree(directory, { seed, files: FILES });
  expect(await savedTree(directory, 'sha1')).toBe(await isomorphicTree(directory));
});

it.each(FORMATS)(
  'names and link targets of any bytes have the %s ids that git gives them',
  async (format) => {
    const directory = createTemporaryDirectory();
    const pathOf = (...bytes: number[]) => Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(bytes)]);
    mkdirSync(pathOf(0xe9));
    for (const name of [
      [0x80],
      [0xff, 0xfe],
      [0x61, 0xe2, 0x82],
      [0xe9, 0x2f, 0xed, 0xa0, 0x80],
      [0x0a],
      [0x5c],
    ]) {
      writeFileSync(pathOf(...name), Buffer.from(name));
    }
    // Between a file and a directory of like names, git's order depends on the type.
    for (const name of ['name', 'name-', 'name.d', 'name0']) writeFileSync(join(directory, name), name);
    mkdirSync(join(directory, 'name.'));
    mkdirSync(join(directory, 'names'));
    writeFileSync(join(directory, 'name.', 'inside'), 'a', { mode: 0o700 });
    writeFileSync(join(directory, 'names', 'run'), 'b', { mode: 0o711 });
    writeFileSync(join(directory, 'names', 'group-only'), 'c', { mode: 0o610 });
    writeFileSync(join(directory, 'names', '.gitignore'), '*\n');
    symlinkSync(Buffer.from([0x2f, 0xff, 0x0a]), pathOf(0xf0, 0x9f));
    expect(await savedTree(directory, format)).toBe(gitTree(directory, format));
  },
);
