// Which operation undo and redo mean, from the log alone.
import { describe, expect, it } from 'vitest';
import { findRedoable, findUndoable } from '#src/rollback/undo.js';
import type { OperationEntry, OperationId, OperationKind } from '#store/operations/operation-entry.js';

const point = { name: 'point', id: 'ab' };

/** `rollback`, `undo 1` (of the first entry), …, and how it ended where that was not well. */
function log(...lines: string[]): OperationEntry[] {
  return lines.map((line, index) => {
    const [kind, undoes, outcome = 'done'] = line.split(' ');
    return {
      ...{
        number: index + 1,
        previous: '',
        id: String(index + 1) as OperationId,
        kind: kind.replace('-only', '') as OperationKind,
      },
      ...{ startedAt: '', seconds: 0, user: '', host: '', command: [], components: [] },
      ...(['save', 'restore-only'].includes(kind) ? { after: point } : { before: point, after: point }),
      ...(undoes === undefined || undoes === '-' ? {} : { undoes: undoes as OperationId }),
      outcome: outcome as OperationEntry['outcome'],
    };
  });
}

const numbers = (entries: readonly OperationEntry[]) => entries.map(({ number }) => number);

describe('undo', () => {
  it('means the last rollback', () => {
    expect(numbers(findUndoable(log('save', 'rollback', 'rollback', 'save')))).toEqual([2, 3]);
  });

  it('goes further back each time', () => {
    expect(numbers(findUndoable(log('rollback', 'rollback', 'undo 2')))).toEqual([1]);
    expect(numbers(findUndoable(log('rollback', 'rollback', 'undo 2', 'undo 1')))).toEqual([]);
  });

  it('means an operation again that was redone', () => {
    expect(numbers(findUndoable(log('rollback', 'undo 1', 'redo 2')))).toEqual([1]);
  });

  it('means restores, and passes over those that could keep nothing to go back to', () => {
    expect(numbers(findUndoable(log('rollback', 'restore')))).toEqual([1, 2]);
    expect(numbers(findUndoable(log('rollback', 'restore-only')))).toEqual([1]);
  });

  it('passes over what failed, was reverted, or changed nothing', () => {
    expect(numbers(findUndoable(log('rollback - failed', 'rollback - reverted', 'save')))).toEqual([]);
    expect(numbers(findUndoable(log('rollback', 'undo 1 failed')))).toEqual([1]);
  });
});

describe('redo', () => {
  it('means the last undo', () => {
    expect(numbers(findRedoable(log('rollback', 'rollback', 'undo 2', 'undo 1')))).toEqual([3, 4]);
  });

  it('is over once it was done, or something else was', () => {
    expect(numbers(findRedoable(log('rollback', 'undo 1', 'redo 2')))).toEqual([]);
    expect(numbers(findRedoable(log('rollback', 'undo 1', 'rollback')))).toEqual([]);
    expect(numbers(findRedoable(log('rollback', 'undo 1', 'restore')))).toEqual([]);
  });

  it('is still possible after a restore to elsewhere', () => {
    const elsewhere = log('rollback', 'undo 1', 'restore-only').map((entry) =>
      entry.kind === 'restore' ? { ...entry, command: ['restore', 'point', '--to', '/tmp/there'] } : entry,
    );
    expect(numbers(findRedoable(elsewhere))).toEqual([2]);
  });

  it('is still possible after a save, which changes nothing', () => {
    expect(numbers(findRedoable(log('rollback', 'undo 1', 'save')))).toEqual([2]);
  });
});
