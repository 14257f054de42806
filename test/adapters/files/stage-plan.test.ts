// How restore steps are carried out: what is written where, and what is published, linked, removed and re-attributed.
import { describe, expect, it } from 'vitest';
import { planStages } from '#adapters/files/stage-plan.js';
import { attribute, create, remove, replace } from './steps.js';

const pathsOf = (items: readonly ({ path: string } | { step: { path: string } })[]) =>
  items.map((item) => ('step' in item ? item.step.path : item.path));

describe('a stage plan', () => {
  it('of nothing has nothing to do', () => {
    expect(Object.values(planStages([])).flat()).toEqual([]);
  });

  it('writes each file under a number of its own, and publishes it by a rename', () => {
    const plan = planStages([create('a'), replace('d/b'), create('d/link', { type: 'symlink' })]);
    expect(plan.files.map(({ step, stagedPath }) => [step.path, stagedPath])).toEqual([
      ['a', '0'],
      ['d/b', '1'],
    ]);
    expect(plan.specials.map(({ step, stagedPath }) => [step.path, stagedPath])).toEqual([['d/link', '2']]);
    expect(plan.publications.map(({ step, stagedPath }) => [step.path, stagedPath])).toEqual([
      ['a', '0'],
      ['d/b', '1'],
      ['d/link', '2'],
    ]);
  });

  it('publishes a new directory with all that is in it, by one rename', () => {
    const plan = planStages([
      create('d', { type: 'directory' }),
      create('d/a'),
      create('d/e', { type: 'directory' }),
      create('d/e/fifo', { type: 'fifo' }),
      create('d2'),
      create('d.txt'),
    ]);
    expect(plan.directories.map(({ stagedPath }) => stagedPath)).toEqual(['0', '0/e']);
    expect(plan.files.map(({ stagedPath }) => stagedPath)).toEqual(['0/a', '1', '2']);
    expect(plan.specials.map(({ stagedPath }) => stagedPath)).toEqual(['0/e/fifo']);
    expect(pathsOf(plan.publications)).toEqual(['d', 'd2', 'd.txt']);
  });

  it('goes on with a new directory after one that is beside it', () => {
    const plan = planStages([
      create('a', { type: 'directory' }),
      create('a/x'),
      create('b', { type: 'directory' }),
      create('b/x'),
      replace('c/x'),
    ]);
    expect(plan.files.map(({ stagedPath }) => stagedPath)).toEqual(['0/x', '1/x', '2']);
  });

  it('removes what is deepest first, and gives directories their attributes deepest first', () => {
    const plan = planStages([
      attribute('', 'directory'),
      remove('a', 'directory'),
      remove('a/b', 'directory'),
      remove('a/b/c'),
      attribute('d', 'directory'),
      create('d/new', { type: 'directory' }),
      attribute('d/new2', 'directory'),
      attribute('d/file'),
    ]);
    expect(pathsOf(plan.removals)).toEqual(['a/b/c', 'a/b', 'a']);
    expect(pathsOf(plan.directoryAttributes)).toEqual(['d/new2', 'd/new', 'd', '']);
    expect(pathsOf(plan.fileAttributes)).toEqual(['d/file']);
  });

  it('links what has another name, wherever it stands, and stages nothing for it', () => {
    const plan = planStages([
      create('a'),
      create('d', { type: 'directory' }),
      create('d/a', { link: 'a' }),
      replace('b', { link: 'a' }),
    ]);
    expect(pathsOf(plan.links)).toEqual(['d/a', 'b']);
    expect(pathsOf(plan.files)).toEqual(['a']);
    expect(pathsOf(plan.publications)).toEqual(['a', 'd']);
  });

  it('handles every step once', () => {
    const steps = [
      attribute('', 'directory'),
      create('a', { type: 'directory' }),
      create('a/b'),
      create('a/c', { type: 'block-device' }),
      replace('e', { overDirectory: true }),
      remove('e', 'directory'),
      remove('e/f'),
      attribute('g'),
      create('h', { link: 'g' }),
    ];
    const plan = planStages(steps);
    const written = [...plan.directories, ...plan.files, ...plan.specials].map(({ step }) => step);
    const others = [...plan.links, ...plan.removals, ...plan.fileAttributes];
    const attributed = plan.directoryAttributes.filter(({ do: what }) => what === 'attributes');
    expect(new Set([...written, ...others, ...attributed])).toEqual(new Set(steps));
    expect(written.length + others.length + attributed.length).toBe(steps.length);
  });
});
