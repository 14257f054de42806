// Mount points in a mount namespace of their own, and a process that keeps one busy.
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mountDocument } from '#adapters/kernel/mount-state.js';
import { parseMountTable } from '#adapters/kernel/mount-table.js';
import { applySteps, captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { openKernelNamespace } from './kernel-namespace.js';
import { putBack, stateOnly } from './put-back.js';

async function openMounts() {
  const namespace = openKernelNamespace();
  const place = createTemporaryDirectory();
  const settings = { mounts: [`${place}/top`] };
  await namespace.shell(`
    mkdir ${place}/top ${place}/source
    mount -t tmpfs -o size=1m,nosuid,mode=0755 top ${place}/top
    mkdir ${place}/top/below ${place}/top/bound '${place}/top/a b' ${place}/source/inside
    mount -t tmpfs -o size=2m,noexec,nodev,noatime below ${place}/top/below
    mount --bind ${place}/source/inside ${place}/top/bound
    mount -o remount,bind,ro ${place}/top/bound
    mount -t tmpfs -o size=1m blank '${place}/top/a b'`);
  return { ...namespace, place, settings };
}

test('mounts go back: their options, those that are missing, those that are too much', async () => {
  const { adapter, shell, place, settings } = await openMounts();
  const before = await captureState(adapter, { settings });
  expect(Object.keys(stateOnly(before))).toHaveLength(4);
  await shell(`
    mount -o remount,size=3m,suid ${place}/top
    mount -o remount,bind,exec,relatime ${place}/top/below
    umount ${place}/top/bound
    umount '${place}/top/a b'
    mkdir ${place}/top/extra
    mount -t tmpfs extra ${place}/top/extra
    mkdir ${place}/top/extra/deep
    mount -t tmpfs deep ${place}/top/extra/deep`);
  const { plan, after } = await putBack(adapter, settings, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.steps.map(({ do: verb, object }) => `${verb} ${object}`)).toEqual([
    `unmount mount ${place}/top/extra/deep`,
    `unmount mount ${place}/top/extra`,
    `remount mount ${place}/top`,
    `remount mount ${place}/top/below`,
    `mount mount ${place}/top/a b`,
    `mount mount ${place}/top/bound`,
  ]);
  expect(plan.unrestorable).toEqual([]);
});

test('what lies over a mount is taken off, and mounts that are not below the named paths are left', async () => {
  const { adapter, shell, place, settings } = await openMounts();
  const before = await captureState(adapter, { settings });
  await shell(`
    mount -t tmpfs over ${place}/top/below
    mkdir ${place}/topmost
    mount -t tmpfs other ${place}/topmost`);
  const { after } = await putBack(adapter, settings, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(await shell(`findmnt -n -o SOURCE ${place}/topmost`)).toBe('other\n');
});

test('a mount below a path that was not named then stays mounted', async () => {
  const { adapter, place } = await openMounts();
  const narrow = { mounts: [`${place}/top/below`] };
  const to = await captureState(adapter, { settings: narrow });
  for (const wide of [{ mounts: [`${place}/top`] }, { mounts: ['/'] }]) {
    const from = await captureState(adapter, { settings: wide });
    expect(await compareStates(adapter, { from, to }, { settings: wide })).toEqual({
      steps: [],
      unrestorable: [],
    });
  }
});

test('a mount in use is told with the processes that use it', async () => {
  const { adapter, shell, place, settings } = await openMounts();
  const before = await captureState(adapter, { settings });
  await shell(`
    mkdir ${place}/top/extra
    mount -t tmpfs extra ${place}/top/extra
    cd ${place}/top/extra
    sleep 600 > /dev/null 2>&1 & echo $! > ${place}/source/pid`);
  const from = await captureState(adapter, { settings });
  const { steps } = await compareStates(adapter, { from, to: before }, { settings });
  const { problems } = await applySteps(adapter, steps, { settings, from, to: before });
  await shell(`kill $(cat ${place}/source/pid)`);
  expect(problems).toEqual([
    {
      object: `mount ${place}/top/extra`,
      code: 'STATE_BUSY',
      message: expect.stringMatching(/^is in use by sleep \(\d+\)\. End what uses it and run 'umount /),
    },
  ]);
});

test('a directory that was bound and is gone is refused before anything is changed', async () => {
  const { adapter, shell, place, settings } = await openMounts();
  const before = await captureState(adapter, { settings });
  await shell(`umount ${place}/top/bound; rmdir ${place}/source/inside; umount ${place}/top/below`);
  const from = await captureState(adapter, { settings });
  const { steps } = await compareStates(adapter, { from, to: before }, { settings });
  await expect(applySteps(adapter, steps, { settings, from, to: before })).rejects.toThrow(
    expect.objectContaining({ code: 'STATE_REFUSED', message: expect.stringContaining('source/inside') }),
  );
  expect(stateOnly(await captureState(adapter, { settings }))).toEqual(stateOnly(from));
  expect(existsSync(`${place}/source/inside`)).toBe(false);
});

test('names of documents are those of mount units, and lines of the table are taken apart', () => {
  expect(mountDocument('/')).toBe('-');
  expect(mountDocument('/srv/my-data')).toBe('srv-my\\x2ddata');
  expect(mountDocument('/.a b')).toBe('\\x2ea\\x20b');
  const [entry] = parseMountTable(
    '36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n',
  );
  expect(entry).toEqual({
    ...{ id: '36', parent: '35', device: '98:0', root: '/mnt1', point: '/mnt 2', type: 'ext3' },
    ...{ source: '/dev/root', options: ['rw', 'noatime'], superOptions: ['rw', 'errors=continue'] },
  });
});
