// What can't be done to packages is refused before anything is changed; what fails or is interrupted in the middle says so, and a
// repeat ends at the recorded set. With the real dpkg and apt of a Debian system.
import { beforeAll, describe, expect, it } from 'vitest';
import { createPackageSystem, makePackage, type PackageSystem } from './debian-packages.js';

const ONE = '/var/tmp/one';
const TWO = '/var/tmp/two';

let system: PackageSystem;
let before: string;
let upgraded: string;

/** Its scripts of version 1 fail or hang where a test says so. */
const demo = (version: string) => {
  const trap = (name: string) => `
    [ ! -e /var/tmp/fail-${name} ] || { echo no luck >&2; exit 3; }
    [ ! -e /var/tmp/hang-${name} ] || { touch /run/begun; sleep 1000; }`;
  return makePackage({
    ...{ name: 'demo', version, files: { '/usr/share/demo/version': version } },
    ...(version === '1' ? { scripts: { preinst: trap('preinst'), postinst: trap('postinst') } } : {}),
    ...(version === '2' ? { depends: 'helper' } : {}),
  });
};

beforeAll(async () => {
  system = createPackageSystem();
  system.bring(demo('1'), demo('2'), makePackage({ name: 'helper', version: '1' }));
  system.bring(makePackage({ name: 'broken', version: '1', scripts: { postinst: 'exit 4' } }));
  await system.script('dpkg --install /var/tmp/demo_1_all.deb');
  before = await system.describe();
  await system.capture(ONE);
  await system.script('dpkg --install /var/tmp/helper_1_all.deb /var/tmp/demo_2_all.deb');
  upgraded = await system.describe();
  await system.capture(TWO, ONE);
});

/** `from` and `to` as they are captured; nothing may have changed. */
async function expectRefused(from: string, to: string, code: string) {
  const { error } = await system.drive('stage', from, to);
  expect(error).toMatchObject({ code });
  return error?.message;
}

async function upgrade() {
  const { problems, left } = await system.drive('rollback', TWO, ONE);
  expect([problems, left]).toEqual([[], []]);
  expect(await system.describe()).toBe(upgraded);
}

describe('staging refuses', () => {
  it('a database that somebody else has locked', async () => {
    const answer = await system.script(`
      touch /var/tmp/hang-preinst
      dpkg --install /var/tmp/demo_1_all.deb >&2 &
      until [ -e /run/begun ]; do sleep 0.05; done
      rm /var/tmp/hang-preinst
      /opt/node/bin/node /opt/savepoint/test/adapters/packages/drive-packages.mjs stage ${TWO} ${ONE}
      pkill sleep || kill $(pidof sleep)
      wait $! || true
    `);
    expect(JSON.parse(answer).error).toEqual({
      code: 'STATE_BUSY',
      message: expect.stringMatching(/in use by dpkg \(\d+\); wait until that is done/),
    });
    expect(await system.describe()).toBe(upgraded);
  });

  it('packages that are half done and that stay so, and says that the host is not healthy', async () => {
    expect((await system.drive('health')).level).toBe('healthy');
    await system.script('! dpkg --install /var/tmp/broken_1_all.deb');
    const message = await expectRefused(TWO, ONE, 'STATE_REFUSED');
    expect(message).toContain("broken:all (half-configured). Run 'dpkg --configure -a'");
    const { level, problems } = await system.drive('health');
    expect([level, problems.map(({ object }) => object)]).toEqual(['unhealthy', ['package broken:all']]);
  });

  it('a version that no archive is left of, and names it', async () => {
    await system.script(`
      dpkg --purge broken
      cp --archive ${ONE} /var/tmp/lost
      rm --recursive /var/tmp/lost/state/apt/archives/demo_1_*
    `);
    const message = await expectRefused(TWO, '/var/tmp/lost', 'STATE_REFUSED');
    expect(message).toContain(
      'No archive is left of: demo:all 1. Put demo_1_all.deb into /var/cache/apt/archives',
    );
  });

  it('an archive that is damaged', async () => {
    await system.script(`
      cp --archive ${ONE} /var/tmp/damaged
      cd /var/tmp/damaged/state/apt/archives/demo_1_*/data
      echo more >>000000
    `);
    const message = await expectRefused(TWO, '/var/tmp/damaged', 'OBJECT_CORRUPT');
    expect(message).toMatch(/package demo:all 1 .*data\.tar has \d+ bytes, not \d+/);
  });

  it('a set of packages that does not fit together', async () => {
    await system.script(`
      cp --archive ${TWO} /var/tmp/unmet
      rm /var/tmp/unmet/state/apt/packages/helper:all.json
    `);
    const message = await expectRefused(TWO, '/var/tmp/unmet', 'STATE_REFUSED');
    expect(message).toContain('apt would also change demo');
    expect(await system.describe()).toBe(upgraded);
  });
});

describe('applying', () => {
  it('names the package whose script fails, and the way back is open', async () => {
    await system.script('touch /var/tmp/fail-postinst');
    const { problems, left } = await system.drive('rollback', ONE);
    expect(problems[0]).toMatchObject({ object: 'package demo:all', code: 'PROGRAM_FAILED' });
    expect(problems[0].message).toMatch(
      /^is 1 \(half-configured\), and was to be 1 .*no luck.*: see 'dpkg --audit', mend/,
    );
    expect(left.map(({ object, do: word }) => [object, word])).toEqual([['package demo:all', 'configure']]);
    await upgrade();
    await system.script('rm /var/tmp/fail-postinst');
  });

  it('takes back an upgrade that was killed while it unpacked', async () => {
    await system.script(`
      dpkg --install /var/tmp/demo_1_all.deb
      touch /var/tmp/hang-preinst
      dpkg --unpack /var/tmp/demo_1_all.deb &
      until [ -e /run/begun ]; do sleep 0.05; done
      rm /var/tmp/hang-preinst
    `);
    expect(await system.script('dpkg --status demo')).toContain('Status: install reinstreq half-installed');
    const { problems, left } = await system.drive('rollback', ONE);
    expect([problems, left]).toEqual([[], []]);
    expect(await system.describe()).toBe(before);
    await upgrade();
  });

  it.each(['preinst', 'postinst'])(
    'ends at the recorded set after a power cut during the %s',
    async (script) => {
      expect((await system.drive('stage', TWO, ONE)).error).toBeUndefined();
      // With its first process, all others of the system end.
      await system.script(`
      touch /var/tmp/hang-${script}
      /opt/node/bin/node /opt/savepoint/test/adapters/packages/drive-packages.mjs apply &
      until [ -e /run/begun ]; do sleep 0.05; done
      rm /var/tmp/hang-${script}
    `);
      expect(await system.describe()).not.toBe(before);
      expect((await system.drive('apply')).problems).toEqual([]);
      expect(await system.describe()).toBe(before);
      await upgrade();
    },
  );

  it('ends at the recorded set after it was killed alone, with dpkg still at work', async () => {
    expect((await system.drive('stage', TWO, ONE)).error).toBeUndefined();
    const answer = await system.script(`
      drive="/opt/node/bin/node /opt/savepoint/test/adapters/packages/drive-packages.mjs"
      touch /var/tmp/hang-postinst
      $drive apply &
      until [ -e /run/begun ]; do sleep 0.05; done
      rm /var/tmp/hang-postinst
      kill -KILL $!
      $drive apply >/run/answer &
      kill $(pidof sleep)
      wait $!
      cat /run/answer
    `);
    expect(JSON.parse(answer).problems).toEqual([]);
    expect(await system.describe()).toBe(before);
  });
});
