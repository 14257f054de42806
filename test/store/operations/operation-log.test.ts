// The operation log: entries come back as they went in, in one chain, however many write at once and whenever one dies.
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { Backend } from '#store/backend.js';
import type { OperationId, OperationRecord } from '#store/operations/operation-entry.js';
import { entryFile, segmentFile } from '#store/operations/operation-files.js';
import { ENTRIES_IN_SEGMENT, openOperationLog } from '#store/operations/operation-log.js';
import { verifyOperationLog } from '#store/operations/verify-operation-log.js';

const platform = await createNodePlatform();

function record(number: number): OperationRecord {
  return {
    ...{ id: number.toString(16).padStart(32, '0') as OperationId, kind: 'save', outcome: 'done' },
    ...{ startedAt: '2026-01-02T03:04:05.678Z', seconds: 1.5, user: 'root', host: 'host' },
    ...{
      command: ['save', '/etc', 'ü\n'],
      components: ['etc'],
      after: { name: `point-${number}`, id: 'ab' },
    },
  };
}

let backend: Backend;
beforeEach(() => {
  backend = createMemoryBackend();
});
const open = () => openOperationLog({ backend, platform });
const numbers = async () => (await open().read()).map(({ number, id }) => [number, Number.parseInt(id, 16)]);

async function append(from: number, to: number): Promise<void> {
  const log = open();
  for (let number = from; number <= to; number++) await log.append(record(number));
}

describe('the operation log', () => {
  it('is empty at first', async () => {
    expect(await open().read()).toEqual([]);
    expect(await verifyOperationLog({ backend, platform })).toBeUndefined();
  });

  it('gives back what was added, numbered and chained', async () => {
    await append(1, 3);
    const entries = await open().read();
    expect(entries).toEqual(
      [1, 2, 3].map((number) => ({ ...record(number), number, previous: expect.any(String) })),
    );
    expect(entries[0].previous).toBe('0'.repeat(64));
    expect(await verifyOperationLog({ backend, platform })).toBeUndefined();
  });

  it('is kept in few files, and reads the last entries without the others', async () => {
    const count = ENTRIES_IN_SEGMENT * 3 + 5;
    await append(1, count);
    expect(await backend.list('operations')).toHaveLength(3 + 5);
    expect(await numbers()).toEqual(Array.from({ length: count }, (_, index) => [index + 1, index + 1]));
    const last = await open().readLast(2);
    expect(last.slice(-2).map(({ number }) => number)).toEqual([count - 1, count]);
    expect(last.length).toBeLessThanOrEqual(ENTRIES_IN_SEGMENT);
    expect(await verifyOperationLog({ backend, platform })).toBeUndefined();
  });

  it('takes entries of many writers at once, each once', async () => {
    const count = ENTRIES_IN_SEGMENT * 2 + 10;
    await Promise.all(Array.from({ length: count }, (_, index) => open().append(record(index + 1))));
    const found = await numbers();
    expect(found.map(([number]) => number)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(new Set(found.map(([, id]) => id)).size).toBe(count);
    expect(await verifyOperationLog({ backend, platform })).toBeUndefined();
  });

  it('gives a number to nobody a second time, where a writer comes so late that its file has been merged', async () => {
    await append(1, ENTRIES_IN_SEGMENT - 1);
    const late: Backend = Object.create(backend, {
      createExclusive: {
        value: async (name: string, bytes: Uint8Array) => {
          if (name === entryFile(ENTRIES_IN_SEGMENT)) await append(1000, 1000);
          return backend.createExclusive(name, bytes);
        },
      },
    });
    const entry = await openOperationLog({ backend: late, platform }).append(record(2000));
    expect(entry.number).toBe(ENTRIES_IN_SEGMENT + 1);
    expect((await numbers()).slice(-2)).toEqual([
      [ENTRIES_IN_SEGMENT, 1000],
      [ENTRIES_IN_SEGMENT + 1, 2000],
    ]);
    expect(await verifyOperationLog({ backend, platform })).toBeUndefined();
  });

  it('is whole where a merge was cut short', async () => {
    await append(1, ENTRIES_IN_SEGMENT - 1);
    let removals = 0;
    const dying: Backend = Object.create(backend, {
      remove: {
        value: async (name: string) => {
          if (++removals > 10) throw new Error('killed');
          return backend.remove(name);
        },
      },
    });
    await expect(openOperationLog({ backend: dying, platform }).append(record(9))).rejects.toThrow('killed');
    expect(await numbers()).toHaveLength(ENTRIES_IN_SEGMENT);
    await append(10, 10);
    expect(await verifyOperationLog({ backend, platform })).toBeUndefined();
  });
});

describe('a chain that is broken', () => {
  /** What the whole log looks like: some merged, some by themselves. */
  beforeEach(() => append(1, ENTRIES_IN_SEGMENT + 4));

  async function change(name: string, edit: (text: string) => string): Promise<void> {
    const text = new TextDecoder().decode(await backend.read(name));
    await backend.replace(name, new TextEncoder().encode(edit(text)));
  }

  /** As somebody would change an entry who knows about its checksum. */
  const forge = (name: string, edit: (json: string) => string) =>
    change(name, (text) => {
      const lines = text.trimEnd().split('\n');
      const forged = lines.map((line) => {
        const json = edit(line.slice(0, -17));
        return `${json} ${platform.hash('sha256', new TextEncoder().encode(json)).slice(0, 16)}\n`;
      });
      return forged.join('');
    });

  it('is named where an entry was changed, by itself or among many', async () => {
    await change(entryFile(ENTRIES_IN_SEGMENT + 2), (text) => text.replace('"done"', '"failed"'));
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({
      file: entryFile(ENTRIES_IN_SEGMENT + 2),
      number: ENTRIES_IN_SEGMENT + 2,
    });
    const name = segmentFile(1, ENTRIES_IN_SEGMENT);
    await change(name, (text) => text.replace('"point-7"', '"point-8"'));
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({ file: name, number: 7 });
  });

  it('is named at the entry behind one that was forged', async () => {
    await forge(entryFile(ENTRIES_IN_SEGMENT + 2), (json) => json.replace('"done"', '"failed"'));
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({
      file: entryFile(ENTRIES_IN_SEGMENT + 3),
      number: ENTRIES_IN_SEGMENT + 3,
    });
    const name = segmentFile(1, ENTRIES_IN_SEGMENT);
    await forge(name, (json) => json.replace('"point-7"', '"point-8"'));
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({ file: name, number: 8 });
  });

  it('is named where one is gone', async () => {
    await backend.remove(entryFile(ENTRIES_IN_SEGMENT + 2));
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({ number: ENTRIES_IN_SEGMENT + 2 });
    await backend.remove(segmentFile(1, ENTRIES_IN_SEGMENT));
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({ number: 1 });
  });

  it('is named where a file is cut short, no longer text, or empty', async () => {
    for (const edit of [(text: string) => text.slice(0, -9), () => 'x\n', () => '']) {
      const name = entryFile(ENTRIES_IN_SEGMENT + 4);
      const before = (await backend.read(name)) as Uint8Array;
      await change(name, edit);
      expect(await verifyOperationLog({ backend, platform })).toMatchObject({
        file: name,
        number: ENTRIES_IN_SEGMENT + 4,
      });
      await expect(open().read()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      await backend.replace(name, before);
    }
  });

  it('does not keep the next entry from being added, and stays broken where it is', async () => {
    await backend.replace(entryFile(ENTRIES_IN_SEGMENT + 4), new TextEncoder().encode('garbage'));
    expect((await open().append(record(5))).number).toBe(ENTRIES_IN_SEGMENT + 5);
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({ number: ENTRIES_IN_SEGMENT + 4 });
    await append(6, ENTRIES_IN_SEGMENT + 10);
    expect(await verifyOperationLog({ backend, platform })).toMatchObject({ number: ENTRIES_IN_SEGMENT + 4 });
  });

  it('of a later version is left to a newer program', async () => {
    await forge(entryFile(ENTRIES_IN_SEGMENT + 4), (json) => json.replace('"format":1', '"format":2'));
    await expect(open().read()).rejects.toMatchObject({ code: 'STORE_NEWER' });
  });
});
