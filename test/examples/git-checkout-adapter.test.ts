// The example of an adapter brings real repositories back to their commits and branches, over crashes, without losing a change.
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { JsonValue, StateAdapter } from '#adapters/state/state-adapter.js';
import {
  applySteps,
  captureState,
  compareStates,
  type DrivenState,
  stateOf,
} from '../fixtures/drive-adapter.js';
import { runTool } from '../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const { gitCheckoutAdapter: adapter } = (await import(
  new URL('../../examples/git-checkout-adapter.mjs', import.meta.url).href
)) as { gitCheckoutAdapter: StateAdapter };

const IS_ROOT = process.getuid?.() === 0;
let repository: string;
let settings: { repositories: string[] };

const at = (name: string) => join(repository, name);
const read = (name: string) => readFileSync(at(name), 'utf8');
const git = (...args: string[]) =>
  runTool('git', ['-C', repository, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args])
    .toString()
    .trim();
const busy = expect.objectContaining({ code: 'STATE_BUSY' });

function commit(files: Readonly<Record<string, string>>, message: string): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD');
}

beforeEach(() => {
  repository = join(createTemporaryDirectory(), 'app');
  settings = { repositories: [repository] };
  mkdirSync(repository);
  git('init', '--quiet', '--initial-branch=main');
});

const capture = () => captureState(adapter, { settings });

async function rollBack(to: DrivenState, options: { readonly repeat?: boolean } = {}) {
  const from = await capture();
  const plan = await compareStates(adapter, { from, to }, { settings });
  const { problems, done } = await applySteps(adapter, plan.steps, { settings, from, to, ...options });
  const left = await compareStates(adapter, { from: await capture(), to }, { settings });
  return { plan, problems, done, left: left.steps };
}

test('a deployed commit gives way to the former one, on its branch, though it is done twice; and comes back', async () => {
  const first = commit({ app: '1', gone: 'x' }, 'The first');
  const before = await capture();
  expect(await capture()).toEqual(expect.objectContaining({ documents: before.documents }));
  rmSync(at('gone'));
  const second = commit({ app: '2', 'added file': 'y' }, 'The second');
  const after = await capture();
  const { plan, problems, done, left } = await rollBack(before, { repeat: true });
  expect(plan.steps).toEqual([
    {
      object: `repository ${repository}`,
      do: 'checkout',
      text: `check out ${first.slice(0, 7)} "The first" (main) in place of ${second.slice(0, 7)} "The second" (main)`,
      data: { repository, commit: first, branch: 'main' },
    },
  ]);
  expect({ problems, left }).toEqual({ problems: [], left: [] });
  expect(done).toEqual([`repository ${repository}`, `repository ${repository}`]);
  expect([read('app'), read('gone'), existsSync(at('added file'))]).toEqual(['1', 'x', false]);
  expect([git('status', '--porcelain'), git('rev-parse', 'main')]).toEqual(['', first]);
  expect((await rollBack(after)).problems).toEqual([]);
  expect([read('app'), git('rev-parse', 'HEAD'), git('status', '--porcelain')]).toEqual(['2', second, '']);
});

test('a branch is told from a detached HEAD and from another branch, whatever else has its name', async () => {
  const first = commit({ app: '1' }, 'The first');
  git('tag', 'main');
  const onMain = await capture();
  git('checkout', '--quiet', '--detach');
  const detached = await capture();
  git('checkout', '--quiet', '-b', 'feature/x');
  commit({ app: '2' }, 'The second');
  expect((await rollBack(detached)).problems).toEqual([]);
  expect(git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD');
  expect((await rollBack(onMain)).problems).toEqual([]);
  expect([git('symbolic-ref', 'HEAD'), git('rev-parse', 'HEAD')]).toEqual(['refs/heads/main', first]);
});

test('changes of somebody are reason to refuse, files that were only touched and files of nobody are not', async () => {
  commit({ app: '1', other: '1' }, 'The first');
  const before = await capture();
  commit({ app: '2' }, 'The second');
  writeFileSync(at('other'), 'changed');
  await expect(rollBack(before)).rejects.toThrow(busy);
  await expect(rollBack(before)).rejects.toThrow('has changes in other: commit, stash or undo them first.');
  git('checkout', '--quiet', 'other');
  utimesSync(at('app'), 1, 1);
  writeFileSync(at('unknown'), 'mine');
  expect((await rollBack(before)).problems).toEqual([]);
  expect([read('app'), read('unknown')]).toEqual(['1', 'mine']);
});

test('a file that git does not know is not overwritten by one that comes back', async () => {
  commit({ app: '1', back: '1' }, 'The first');
  const before = await capture();
  rmSync(at('back'));
  commit({ app: '2' }, 'The second');
  writeFileSync(at('back'), 'mine');
  await expect(rollBack(before)).rejects.toThrow(busy);
  expect([read('app'), read('back')]).toEqual(['2', 'mine']);
});

test('what comes between staging and applying is not overwritten either', async () => {
  commit({ app: '1' }, 'The first');
  const to = await capture();
  commit({ app: '2' }, 'The second');
  const from = await capture();
  const { steps } = await compareStates(adapter, { from, to }, { settings });
  const putFiles = () => writeFileSync(at('app'), 'mine');
  const { problems } = await applySteps(adapter, steps, { settings, from, to, putFiles, repeat: true });
  expect(problems.map(({ code }) => code)).toEqual(['STATE_REFUSED', 'STATE_REFUSED']);
  expect(problems[0].message).toContain('app');
  expect(read('app')).toBe('mine');
});

test('a commit that is gone, and a repository in use or in the middle of a merge, are said before anything is changed', async () => {
  const first = commit({ app: '1' }, 'The first');
  const before = await capture();
  commit({ app: '2' }, 'The second');
  const document = [...before.documents.keys()].find((path) => path.startsWith('state/')) ?? '';
  const missing = first.replace(/^.{8}/, '01234567');
  const text = before.text(document)?.replace(first, missing) ?? '';
  const unknown = stateOf(new Map([[document, new TextEncoder().encode(text)]]));
  await expect(rollBack(unknown)).rejects.toThrow(`git fetch origin ${missing}`);
  writeFileSync(at('.git/index.lock'), '');
  await expect(rollBack(before)).rejects.toThrow(busy);
  rmSync(at('.git/index.lock'));
  writeFileSync(at('.git/MERGE_HEAD'), `${first}\n`);
  await expect(rollBack(before)).rejects.toThrow(busy);
  expect(read('app')).toBe('2');
});

test('a checkout that a crash interrupted is finished, and what it can not tell from its own is kept', async () => {
  const first = commit({ app: '1', other: '1', back: 'b' }, 'The first');
  const to = await capture();
  rmSync(at('back'));
  commit({ app: '2', other: '2' }, 'The second');
  const from = await capture();
  const { steps } = await compareStates(adapter, { from, to }, { settings });
  const staging = createTemporaryDirectory();
  const attempt = { component: 'it', settings, attempt: 'a-1', staging: () => staging };
  const prepared: JsonValue = await adapter.stage(steps, { ...attempt, from, to });
  // As git leaves it where power fails while it writes files: some are there, and one in part, under its lock.
  writeFileSync(join(staging, encodeURIComponent(repository)), '');
  writeFileSync(at('app'), '1');
  writeFileSync(at('back'), '');
  writeFileSync(at('other'), 'half');
  writeFileSync(at('.git/index.lock'), '');
  utimesSync(at('.git/index.lock'), 1, 1);
  expect(await adapter.apply(prepared, { ...attempt, done: () => {} })).toEqual([]);
  expect([read('app'), read('other'), read('back')]).toEqual(['1', '1', 'b']);
  expect([git('rev-parse', 'main'), git('status', '--porcelain')]).toEqual([first, '']);
  expect(git('show', 'stash@{0}:other')).toBe('half');
});

test('what is no repository, or a part of one, is reported, and there is nothing to put back', async () => {
  commit({ app: '1' }, 'The first');
  const before = await capture();
  mkdirSync(at('part'));
  rmSync(at('.git'), { recursive: true });
  const state = await capture();
  expect([...state.documents.keys()]).toEqual([]);
  expect(state.problems.map(({ object, code }) => [object, code])).toEqual([
    [`repository ${repository}`, 'STATE_UNREADABLE'],
  ]);
  expect((await adapter.health?.({ component: 'it', settings }))?.level).toBe('unhealthy');
  const { steps, unrestorable } = await compareStates(adapter, { from: state, to: before }, { settings });
  expect({ steps, unrestorable }).toEqual({
    steps: [],
    unrestorable: [{ object: `repository ${repository}`, text: 'is not there any more: clone it again' }],
  });
  git('init', '--quiet');
  const part = await captureState(adapter, { settings: { repositories: [at('part')] } });
  expect(part.problems[0].message).toContain(`is a part of the repository ${repository}`);
  const wrong = captureState(adapter, { settings: { repositories: ['app'] } });
  await expect(wrong).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test.skipIf(!IS_ROOT)('in a repository of another user git runs as that user', async () => {
  commit({ app: '1' }, 'The first');
  writeFileSync(at('.git/hooks/post-checkout'), `#!/bin/sh\nid -u > ${at('.git/who')}\n`, { mode: 0o755 });
  runTool('chmod', ['a+rx', join(repository, '..')]);
  const makeTheirs = () => runTool('chown', ['-R', '65534:65534', repository]);
  makeTheirs();
  const before = await capture();
  expect(before.problems).toEqual([]);
  chownSync(repository, 0, 0);
  runTool('chown', ['-R', '0:0', repository]);
  commit({ app: '2' }, 'The second');
  makeTheirs();
  expect((await rollBack(before)).problems).toEqual([]);
  expect([read('app'), read('.git/who'), statSync(at('app')).uid]).toEqual(['1', '65534\n', 65534]);
});
