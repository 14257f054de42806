// One key is carried between random versions of a file: it then has the value of the other version, and all else stays as it was,
// byte for byte.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffKeys, readKeys } from '#adapters/config/config-file.js';
import { copyKey, type KeyCopy } from '#adapters/config/copy-key.js';
import { isSavepointError } from '#store/errors.js';
import { SAMPLE_FORMATS, styles } from './sample-files.js';

const RUNS = 60;

describe.each(Object.entries(SAMPLE_FORMATS))('%s', (_, format) => {
  const versions = fc
    .record({ old: format.content, oldStyle: styles('old'), now: format.content, nowStyle: styles('now') })
    .map(({ old, oldStyle, now, nowStyle }) => ({
      from: format.write(old, oldStyle),
      to: format.write(now, nowStyle),
      eol: nowStyle.eol,
    }));
  const valuesOf = async (content: string | Uint8Array) => {
    const reading = await readKeys(format.path, content);
    if (reading?.problem !== undefined) throw new Error(JSON.stringify(reading.problem));
    return new Map((reading?.entries ?? []).map(({ key, value }) => [key, value]));
  };

  it('has no changes against itself, nor against the same content written in another way', async () => {
    const pairs = fc.record({ content: format.content, one: styles('one'), other: styles('other') });
    await fc.assert(
      fc.asyncProperty(pairs, async ({ content, one, other }) => {
        const before = format.write(content, one);
        expect(await diffKeys({ before, after: before }, format.path)).toEqual([]);
        expect(await diffKeys({ before, after: format.write(content, other) }, format.path)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('takes the value of one key, keeps every other line, and refuses little', async () => {
    const counts = { copied: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(versions, fc.nat(), async ({ from, to, eol }, choice) => {
        const [old, now] = [await valuesOf(from), await valuesOf(to)];
        const keys = [...new Set([...old.keys(), ...now.keys()])];
        if (keys.length === 0) return;
        const key = keys[choice % keys.length];
        const result = await tryCopy({ path: format.path, from, to, key });
        if (result === undefined) {
          counts.refused++;
          // A value that takes the place of a value always fits.
          expect(old.has(key) && now.has(key) && !key.includes('.')).toBe(false);
          return;
        }
        counts.copied++;
        const after = await valuesOf(result);
        if (!key.endsWith(']')) expect(after.get(key)).toBe(old.get(key));
        const isMeant = (each: string) => isRelated(each, key);
        expect([...after.keys()].filter((each) => !isMeant(each))).toEqual(
          [...now.keys()].filter((each) => !isMeant(each)),
        );
        const [before, lines] = [to.split(eol), result.split(eol)];
        const lost = before.filter((line) => !lines.includes(line));
        if (old.has(key) && now.has(key)) expect(lines.length).toBe(before.length);
        if (old.has(key) && ![...now.keys()].some((each) => each !== key && isMeant(each))) {
          // The line of the value, or that of the comma before it; its comment stays in any case.
          expect(lost.length).toBeLessThanOrEqual(1);
          expect(commentsIn(result)).toEqual(commentsIn(to));
        }
        expect(result.startsWith('\uFEFF')).toBe(to.startsWith('\uFEFF'));
        if (to.includes('\r\n')) expect(result.replaceAll('\r\n', '')).not.toContain('\n');
        if (old.has(key) && now.size > 0) expect(result.endsWith(eol)).toBe(to.endsWith(eol));
      }),
      { numRuns: RUNS },
    );
    expect(counts.refused).toBeLessThan((counts.copied + counts.refused) / 4);
  });
});

/** The new content, or `undefined` where it is refused. */
async function tryCopy(copy: KeyCopy): Promise<string | undefined> {
  try {
    return Buffer.from(await copyKey(copy)).toString('utf8');
  } catch (error) {
    if (isSavepointError(error, 'UNSUPPORTED')) return undefined;
    throw error;
  }
}

/** Whether one of them is in the other, or both are in one list. */
function isRelated(one: string, other: string): boolean {
  const [short, long] = [one, other].map((key) => key.replace(/\[\d+\]$/, '')).sort();
  return long === short || long.startsWith(`${short}.`) || long.startsWith(`${short}[`);
}

function commentsIn(text: string): string[] {
  return [...text.matchAll(/now \d+/g)].map(([comment]) => comment);
}
