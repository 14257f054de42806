// A damaged ref log: what is found, what can still be read of it, and how it starts anew.

import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import type { Backend } from '#store/backend.js';
import { SavepointError } from '#store/errors.js';
import { rebuildRefLog } from '#store/refs/rebuild-ref-log.js';
import { openRefLog, type RefLog } from '#store/refs/ref-log.js';
import { salvageRefs } from '#store/refs/salvage-refs.js';
import { verifyRefLog } from '#store/refs/verify-ref-log.js';
import { CONTEXT, copyRefFiles, idOf, interceptBackend, numbersOf } from './ref-log-fixture.js';

let pristine: Backend;
let backend: Backend;
beforeAll(async () => {
  pristine = createMemoryBackend();
  await addPoints(openRefLog({ backend: pristine, ...CONTEXT }), 1, 150);
});
beforeEach(async () => {
  backend = await copyRefFiles(pristine);
});

async function addPoints(log: RefLog, first: number, last: number): Promise<void> {
  for (let i = first; i <= last; i++) {
    await log.update([{ name: `points/${i}`, expected: undefined, value: idOf(i) }]);
  }
}

const read = () => openRefLog({ backend, ...CONTEXT }).read();
const verify = () => verifyRefLog({ backend, ...CONTEXT });
const salvage = () => salvageRefs({ backend, ...CONTEXT });

async function damage(name: string): Promise<void> {
  const bytes = (await backend.read(name)) ?? new Uint8Array();
  bytes[bytes.length >> 1] ^= 4;
  await backend.replace(name, bytes);
}

const SNAPSHOT = 'refs/0000000128.snapshot';
const FORMER_SNAPSHOT = 'refs/0000000064.snapshot';

describe('verifying', () => {
  it('finds nothing wrong with a good log, or with none', async () => {
    expect(await verify()).toEqual([]);
    expect(await verifyRefLog({ backend: createMemoryBackend(), ...CONTEXT })).toEqual([]);
  });

  it('names each file that is damaged, also where reading does not need it', async () => {
    const files = [FORMER_SNAPSHOT, 'refs/0000000100.tx', SNAPSHOT, 'refs/0000000140.tx'];
    for (const file of files) await damage(file);
    const problems = await verify();
    expect(problems.map((problem) => problem.file).sort()).toEqual([...files].sort());
    for (const { code, message, file } of problems) {
      expect(code).toBe('REF_CORRUPT');
      expect(message).toBe(`'${file}' fails its checksum: run 'savepoint verify --repair'.`);
    }
  });

  it('finds a transaction that is missing', async () => {
    await backend.remove('refs/0000000140.tx');
    await backend.remove('refs/0000000100.tx');
    expect(await verify()).toMatchObject([{ file: 'refs/0000000140.tx', code: 'REF_CORRUPT' }]);
  });

  it('finds files that are none of the log’s', async () => {
    for (const file of ['refs/notes.txt', 'refs/0000000000.tx', 'refs/140.tx', 'refs/heads/0000000140.tx']) {
      await backend.replace(file, new Uint8Array(1));
    }
    const problems = await verify();
    expect(problems.map((problem) => problem.code)).toEqual(Array(4).fill('INVALID_NAME'));
    expect((await read()).refs.size).toBe(150);
  });

  it('finds a snapshot that is well made, and not what the transactions say', async () => {
    const other = createMemoryBackend();
    const log = openRefLog({ backend: other, ...CONTEXT });
    await log.update([{ name: 'points/odd', expected: undefined, value: idOf(1) }]);
    await addPoints(log, 2, 128);
    await backend.replace(SNAPSHOT, (await other.read(SNAPSHOT)) ?? new Uint8Array());
    expect(await verify()).toMatchObject([
      { file: SNAPSHOT, message: expect.stringContaining('not what the transactions before it lead to') },
    ]);
  });

  it('finds a transaction that is well made, and does not follow', async () => {
    const other = createMemoryBackend();
    await addPoints(openRefLog({ backend: other, ...CONTEXT }), 2, 141);
    await backend.replace('refs/0000000140.tx', (await other.read('refs/0000000140.tx')) ?? new Uint8Array());
    expect(await verify()).toMatchObject([{ file: 'refs/0000000141.tx' }]);
  });

  it('reports what the storage fails at, and does not throw', async () => {
    const fail = ({ method, name }: { method: string; name: string }) => {
      if (method === failing.method && name === failing.name)
        throw new SavepointError('STORAGE_FAILED', 'No disk.');
    };
    let failing = { method: 'list', name: 'refs' };
    const broken = { backend: interceptBackend(backend, { before: fail }), ...CONTEXT };
    expect(await verifyRefLog(broken)).toEqual([
      { file: 'refs', code: 'STORAGE_FAILED', message: 'No disk.' },
    ]);
    failing = { method: 'read', name: SNAPSHOT };
    expect(await verifyRefLog(broken)).toMatchObject([{ file: SNAPSHOT, code: 'STORAGE_FAILED' }]);
  });
});

describe('salvaging', () => {
  it('loses nothing to a damaged snapshot, thanks to the one before', async () => {
    await damage(SNAPSHOT);
    await expect(read()).rejects.toMatchObject({ code: 'REF_CORRUPT', fields: { file: SNAPSHOT } });
    expect(numbersOf(await salvage())).toEqual(
      numbersOf(await openRefLog({ backend: pristine, ...CONTEXT }).read()),
    );
  });

  it('loses no more to a damaged transaction than what it did', async () => {
    await damage('refs/0000000140.tx');
    await backend.remove('refs/0000000141.tx');
    const { refs } = await salvage();
    expect(refs.size).toBe(148);
    expect([refs.has('points/139'), refs.has('points/140'), refs.has('points/142')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('of a log with nothing good gives nothing', async () => {
    for (const { name } of await backend.list('refs')) await damage(name);
    expect((await salvage()).refs.size).toBe(0);
  });
});

describe('rebuilding', () => {
  it('makes the given refs the state, with their order, and the log goes on above all numbers', async () => {
    await damage(SNAPSHOT);
    const stale = openRefLog({ backend: pristine, ...CONTEXT });
    const salvaged = await salvage();
    const rebuilt = await rebuildRefLog({ backend, ...CONTEXT, refs: new Map([...salvaged.refs].reverse()) });
    expect(rebuilt.sequence).toBe(256);
    expect([...rebuilt.refs]).toEqual([...(await stale.read()).refs]);
    expect([...(await read()).refs]).toEqual([...rebuilt.refs]);
    await addPoints(openRefLog({ backend, ...CONTEXT }), 151, 300);
    expect((await read()).sequence).toBe(406);
    expect((await read()).refs.size).toBe(300);
    expect(await verify()).toEqual([]);
  });

  it('is seen by a log that knew the former state, whatever that does next', async () => {
    const [reading, adding, changing] = [1, 2, 3].map(() => openRefLog({ backend, ...CONTEXT }));
    for (const log of [reading, adding, changing]) await log.read();
    await rebuildRefLog({ backend, ...CONTEXT, refs: new Map([['points/a', { id: idOf(1), sequence: 3 }]]) });
    expect(numbersOf(await reading.read())).toEqual({ 'points/a': 1 });
    const added = await adding.update([{ name: 'points/b', expected: undefined, value: idOf(2) }]);
    expect(numbersOf(added)).toEqual({ 'points/a': 1, 'points/b': 2 });
    const changed = await changing.update([{ name: 'points/a', expected: idOf(1), value: idOf(3) }]);
    expect(numbersOf(changed)).toEqual({ 'points/b': 2, 'points/a': 3 });
    expect(numbersOf(await read())).toEqual({ 'points/b': 2, 'points/a': 3 });
  });

  it.each(['list', 'createExclusive'])(
    'takes over what others change before its first %s is answered',
    async (method) => {
      const log = openRefLog({ backend, ...CONTEXT });
      await log.read();
      let isFirst = true;
      const slow = interceptBackend(backend, {
        after: async (call) => {
          if (call.method !== method || !isFirst) return;
          isFirst = false;
          await addPoints(log, 151, 155);
        },
      });
      await rebuildRefLog({ backend: slow, ...CONTEXT, refs: (await read()).refs });
      expect((await read()).refs.size).toBe(155);
      expect((await log.read()).refs.size).toBe(155);
      await addPoints(log, 156, 400);
      expect(await verify()).toEqual([]);
    },
  );

  it('of two at once leaves the refs of one of them', async () => {
    const refs = (await read()).refs;
    await Promise.all([
      rebuildRefLog({ backend, ...CONTEXT, refs }),
      rebuildRefLog({ backend, ...CONTEXT, refs }),
    ]);
    expect([...(await read()).refs]).toEqual([...refs]);
    expect(await verify()).toEqual([]);
  });

  it('refuses names that no ref can have', async () => {
    const refs = new Map([['points/..', { id: idOf(1), sequence: 1 }]]);
    await expect(rebuildRefLog({ backend, ...CONTEXT, refs })).rejects.toMatchObject({
      code: 'INVALID_NAME',
    });
  });
});
