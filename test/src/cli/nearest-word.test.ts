// Which word a mistyped one was meant to be.
import { expect, test } from 'vitest';
import { nearestWord } from '#src/cli/nearest-word.js';

const WORDS = ['save', 'show', 'stats', 'status', 'restore', 'verify', 'no-progress'];

test('letters added, dropped, changed or swapped are found', () => {
  expect(['savve', 'sav', 'shaw', 'vreify', 'no-progres'].map((word) => nearestWord(word, WORDS))).toEqual([
    ...['save', 'save', 'show', 'verify', 'no-progress'],
  ]);
});

test('the beginning of one word is that word', () => {
  expect(nearestWord('res', WORDS)).toBe('restore');
});

test('nothing is guessed from what is too far away', () => {
  expect(nearestWord('frobnicate', WORDS)).toBeUndefined();
  expect(nearestWord('x', [])).toBeUndefined();
});
