// The ref log: what readers see, what updates check, what they cost, and how the log is kept short.

import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import type { Backend } from '#store/backend.js';
import { SavepointError } from '#store/errors.js';
import { openRefLog, type RefChange, type RefLog } from '#store/refs/ref-log.js';
import { type BackendCall, CONTEXT, idOf, interceptBackend, numbersOf } from './ref-log-fixture.js';

let backend: Backend;
let calls: BackendCall[];
let log: RefLog;

beforeEach(() => {
  backend = createMemoryBackend();
  calls = [];
  log = openRefLog({
    backend: interceptBackend(backend, { before: (call) => void calls.push(call) }),
    ...CONTEXT,
  });
});

const openAnother = () => openRefLog({ backend, ...CONTEXT });

function change(name: string, expected: number | undefined, value: number | undefined): RefChange {
  const id = (number: number | undefined) => (number === undefined ? undefined : idOf(number));
  return { name, expected: id(expected), value: id(value) };
}

/** Adds transactions up to number `sequence`, each of which makes one more point. */
async function fillUpTo(sequence: number, filled: RefLog = log): Promise<void> {
  for (let next = (await filled.read()).sequence + 1; next <= sequence; next++) {
    await filled.update([change(`points/${next}`, undefined, next)]);
  }
}

const names = async () => (await backend.list('refs')).map((file) => file.name.slice('refs/'.length));

describe('reading', () => {
  it('finds nothing in an empty store', async () => {
    expect(await log.read()).toMatchObject({ sequence: 0 });
    expect(numbersOf(await log.read())).toEqual({});
  });

  it('finds what another log changed', async () => {
    const other = openAnother();
    await log.update([change('points/a', undefined, 1)]);
    await other.update([change('points/b', undefined, 2)]);
    await log.update([change('points/a', 1, 3)]);
    expect(numbersOf(await other.read())).toEqual({ 'points/b': 2, 'points/a': 3 });
    expect(numbersOf(await openAnother().read())).toEqual({ 'points/b': 2, 'points/a': 3 });
  });

  it('gives the refs in the order of their last change, which each one’s sequence tells', async () => {
    for (const check of [openAnother, () => log]) {
      const name = check === openAnother ? 'x' : 'y';
      await log.update([change(`points/${name}b`, undefined, 1), change(`points/${name}a`, undefined, 2)]);
    }
    await log.update([change('points/xb', 1, 3)]);
    const entries = [...(await openAnother().read()).refs].map(([name, { sequence }]) => [name, sequence]);
    expect(entries).toEqual([
      ['points/xa', 1],
      ['points/ya', 2],
      ['points/yb', 2],
      ['points/xb', 3],
    ]);
  });

  it('gives a state that later changes leave alone', async () => {
    const before = await log.update([change('points/a', undefined, 1)]);
    await log.update([change('points/a', 1, 2), change('points/b', undefined, 3)]);
    await log.update([change('points/a', 2, undefined)]);
    expect(numbersOf(before)).toEqual({ 'points/a': 1 });
    expect(numbersOf(await log.read())).toEqual({ 'points/b': 3 });
  });

  it('costs one listing where nothing is new', async () => {
    await fillUpTo(70);
    await log.read();
    calls.length = 0;
    await log.read();
    expect(calls).toEqual([{ method: 'list', name: 'refs' }]);
  });

  it('need not be done again where two looks at files say that nothing is new', async () => {
    await log.update([change('points/a', undefined, 1)]);
    const { sequence } = await log.read();
    calls.length = 0;
    expect(await log.seemsCurrent(sequence)).toBe(true);
    expect(calls.map(({ method }) => method)).toEqual(['size', 'size']);
    expect(await log.seemsCurrent(0)).toBe(false);
    await openAnother().update([change('points/b', undefined, 2)]);
    expect(await log.seemsCurrent(sequence)).toBe(false);
    await fillUpTo(300, openAnother());
    expect(await log.seemsCurrent(sequence)).toBe(false);
    expect(await log.seemsCurrent(300)).toBe(true);
  });

  it('costs one listing and one file for each transaction that is new', async () => {
    await fillUpTo(66);
    const other = openAnother();
    await fillUpTo(69, other);
    calls.length = 0;
    await log.read();
    expect(calls.map((call) => call.method)).toEqual(['list', 'read', 'read', 'read']);
  });
});

describe('an update', () => {
  it('that expects another value changes nothing, and says what it found', async () => {
    await log.update([change('points/a', undefined, 1)]);
    for (const log2 of [log, openAnother()]) {
      const update = log2.update([change('points/0', undefined, 9), change('points/a', 2, 3)]);
      await expect(update).rejects.toMatchObject({
        code: 'REF_MOVED',
        fields: { name: 'points/a', expected: idOf(2), found: idOf(1) },
      });
    }
    await expect(log.update([change('points/a', undefined, 3)])).rejects.toMatchObject({ code: 'REF_MOVED' });
    await expect(log.update([change('points/b', 1, 3)])).rejects.toMatchObject({
      fields: { name: 'points/b', expected: idOf(1), found: undefined },
      message: `'points/b' is absent by now, not ${idOf(1)}: look at it again and repeat.`,
    });
    expect(numbersOf(await openAnother().read())).toEqual({ 'points/a': 1 });
  });

  it('creates, changes and deletes several refs at once', async () => {
    await log.update([change('points/a', undefined, 1), change('pins/a', undefined, 1)]);
    await log.update([
      change('points/a', 1, 2),
      change('pins/a', 1, undefined),
      change('points/ü', undefined, 3),
    ]);
    expect(numbersOf(await openAnother().read())).toEqual({ 'points/a': 2, 'points/ü': 3 });
    expect((await log.read()).sequence).toBe(2);
  });

  it('can demand that a ref stays as it is, which leaves that ref’s sequence', async () => {
    await log.update([change('points/a', undefined, 1)]);
    await log.update([
      change('points/b', undefined, 2),
      change('points/a', 1, 1),
      change('points/c', undefined, undefined),
    ]);
    expect((await log.read()).refs.get('points/a')).toEqual({ id: idOf(1), sequence: 1 });
    const failing = log.update([change('points/d', undefined, 2), change('points/a', 2, 2)]);
    await expect(failing).rejects.toMatchObject({ code: 'REF_MOVED', fields: { name: 'points/a' } });
    expect(Object.keys(numbersOf(await openAnother().read()))).toEqual(['points/a', 'points/b']);
  });

  it('that only checks writes nothing', async () => {
    await fillUpTo(3);
    const before = await names();
    await openAnother().update([change('points/x', undefined, 4)]);
    const state = await log.update([change('points/x', 4, 4)]);
    expect(state.sequence).toBe(4);
    expect((await log.update([])).sequence).toBe(4);
    await expect(log.update([change('points/x', 5, 5)])).rejects.toMatchObject({ code: 'REF_MOVED' });
    expect(await names()).toEqual([...before, '0000000004.tx']);
  });

  it('is refused for a bad name, a bad id and a name given twice', async () => {
    await expect(log.update([change('points/..', undefined, 1)])).rejects.toMatchObject({
      code: 'INVALID_NAME',
    });
    const badId = { name: 'points/a', expected: undefined, value: 'a'.repeat(40) as never };
    await expect(log.update([badId])).rejects.toMatchObject({ code: 'INVALID_NAME' });
    const twice = [change('points/a', undefined, 1), change('points/a', undefined, 2)];
    await expect(log.update(twice)).rejects.toThrow('savepoint bug');
    expect(await names()).toEqual([]);
  });

  it('records when it was made', async () => {
    const clocked = openRefLog({ backend, ...CONTEXT, now: () => 1234.9 });
    await clocked.update([change('points/a', undefined, 1)]);
    const text = new TextDecoder().decode(await backend.read('refs/0000000001.tx'));
    expect(text.split('\n')[2]).toBe('time 1234');
  });

  it('of many at once in one process loses none', async () => {
    const logs = [log, openAnother(), openAnother()];
    await Promise.all(
      Array.from({ length: 150 }, (_, i) => logs[i % 3].update([change(`points/${i}`, undefined, i)])),
    );
    const state = await openAnother().read();
    expect(state.sequence).toBe(150);
    expect(state.refs.size).toBe(150);
  });

  it('says so where the storage has a name taken that it does not list', async () => {
    const forgetful = Object.create(backend) as Backend;
    forgetful.list = async (folder) => (await backend.list(folder)).slice(0, 1);
    await fillUpTo(2);
    const update = openRefLog({ backend: forgetful, ...CONTEXT }).update([change('points/x', undefined, 1)]);
    await expect(update).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      fields: { file: 'refs/0000000002.tx' },
    });
  });
});

describe('the log', () => {
  it('has a snapshot every 64 transactions, and keeps the one before with its tail', async () => {
    await fillUpTo(64);
    expect(await names()).toContain('0000000064.snapshot');
    expect(await names()).toHaveLength(65);
    await fillUpTo(128);
    expect((await names()).filter((name) => name.endsWith('.snapshot'))).toEqual([
      '0000000064.snapshot',
      '0000000128.snapshot',
    ]);
    expect((await names())[0]).toBe('0000000064.snapshot');
    expect(await names()).toHaveLength(66);
    await fillUpTo(200);
    expect((await names())[0]).toBe('0000000128.snapshot');
    expect(await names()).toHaveLength(2 + 72);
    expect((await openAnother().read()).refs.size).toBe(200);
  });

  it('stays as it is where nobody may write snapshots, and is shortened when somebody may', async () => {
    let refuses = true;
    const refusing = interceptBackend(backend, {
      before: ({ name }) => {
        if (refuses && name.endsWith('.snapshot')) throw new SavepointError('STORAGE_FULL', 'No room.');
      },
    });
    const poor = openRefLog({ backend: refusing, ...CONTEXT });
    await fillUpTo(130, poor);
    expect(await names()).toHaveLength(130);
    expect((await openAnother().read()).refs.size).toBe(130);
    refuses = false;
    await fillUpTo(131, openAnother());
    expect(await names()).toContain('0000000128.snapshot');
    await fillUpTo(200, poor);
    expect(await names()).toHaveLength(2 + 72);
  });

  it('is read from the newest snapshot: 200 transactions cost a listing and 9 files', async () => {
    await fillUpTo(200);
    const counted: string[] = [];
    const hooks = { before: (call: BackendCall) => void counted.push(call.method) };
    const state = await openRefLog({ backend: interceptBackend(backend, hooks), ...CONTEXT }).read();
    expect(state.refs.size).toBe(200);
    expect(counted).toEqual(['list', 'read', ...Array(8).fill('read')]);
  });

  it('costs a handful of calls for each of 1,000 updates in a row', async () => {
    await fillUpTo(1);
    calls.length = 0;
    await fillUpTo(1001);
    const count = (method: string) => calls.filter((call) => call.method === method).length;
    expect(count('list')).toBeLessThanOrEqual(1000 + 1);
    expect(count('read')).toBe(0);
    expect(count('size')).toBe(2000);
    expect(count('createExclusive')).toBe(1000 + 15);
    expect(count('remove')).toBeLessThanOrEqual(1000);
  });

  it('is listed again where a file vanishes between the listing and the reading', async () => {
    await fillUpTo(70);
    let isFirst = true;
    const slow = interceptBackend(backend, {
      after: async ({ method }) => {
        if (method !== 'list' || !isFirst) return;
        isFirst = false;
        await fillUpTo(200);
      },
    });
    const state = await openRefLog({ backend: slow, ...CONTEXT }).read();
    expect(state).toMatchObject({ sequence: 200 });
    expect(state.refs.size).toBe(200);
  });

  it('with a lost transaction is REF_CORRUPT, not an older state', async () => {
    await fillUpTo(70);
    await backend.remove('refs/0000000067.tx');
    await expect(openAnother().read()).rejects.toMatchObject({
      code: 'REF_CORRUPT',
      fields: { file: 'refs/0000000067.tx' },
    });
  });

  it('with a transaction that follows from nothing is REF_CORRUPT', async () => {
    await fillUpTo(3);
    await log.update([change('points/2', 2, 9)]);
    await backend.replace('refs/0000000005.tx', await renumber(backend, 4, 5));
    await expect(openAnother().read()).rejects.toMatchObject({
      code: 'REF_CORRUPT',
      message: expect.stringContaining('follows no earlier transaction'),
    });
  });
});

/** The bytes of a transaction, with another number in them and a checksum that fits. */
async function renumber(from: Backend, number: number, wanted: number): Promise<Uint8Array> {
  const text = new TextDecoder().decode(await from.read(`refs/000000000${number}.tx`));
  const body = text.replace(`sequence ${number}`, `sequence ${wanted}`).slice(0, -15);
  const checksum = CONTEXT.platform.crc32(new TextEncoder().encode(body)).toString(16).padStart(8, '0');
  return new TextEncoder().encode(`${body}crc32 ${checksum}\n`);
}
