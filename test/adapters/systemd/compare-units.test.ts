// What is to be done with a unit follows from two records of it, and from what else changes; what can't be put back is said.
import { expect, test } from 'vitest';
import { encodeDocument } from '#adapters/state/json-document.js';
import type { JsonObject, JsonValue } from '#adapters/state/state-adapter.js';
import { systemdAdapter } from '#adapters/systemd/systemd-adapter.js';
import {
  type CompareInputs,
  compareStates,
  type DrivenState,
  stateOf,
} from '../../fixtures/drive-adapter.js';

interface Recorded {
  readonly load?: string;
  readonly active?: string;
  readonly unitFile?: string;
  readonly alias?: string;
  readonly observed?: JsonObject;
}

function point(
  units: Readonly<Record<string, Recorded>>,
  selection: readonly string[] = ['*.service'],
): DrivenState {
  const documents = new Map([['observed/selection.json', encodeDocument({ units: selection })]]);
  for (const [
    name,
    { load = 'loaded', active = 'active', unitFile = 'enabled', alias, observed },
  ] of Object.entries(units)) {
    const state: JsonValue = { load, active, unitFile, ...(alias === undefined ? {} : { alias }) };
    documents.set(`state/units/${name}.json`, encodeDocument(state));
    const files = { fragment: '', source: '', dropIns: [], environment: [] };
    const can = { start: true, stop: true, reload: false };
    documents.set(
      `observed/units/${name}.json`,
      encodeDocument({ active, sub: '', needsReload: false, after: [], can, files, ...observed }),
    );
  }
  return stateOf(documents);
}

async function compare(from: DrivenState, to: DrivenState, inputs: CompareInputs = {}) {
  const { steps, unrestorable } = await compareStates(systemdAdapter, { from, to }, inputs);
  return [...steps.map(({ text }) => text), ...unrestorable.map(({ text }) => `! ${text}`)];
}

const READ = 'have systemd read its unit files again';
const NOT_THERE = { load: 'not-found', active: 'inactive', unitFile: '' };

test('equal records make no steps, whatever is only observed', async () => {
  const from = point({ 'a.service': {}, 'b.service': { active: 'failed' }, 'c.service': NOT_THERE });
  const to = point({
    'a.service': { observed: { mainPid: 7 } },
    'b.service': { active: 'failed' },
    'c.service': NOT_THERE,
  });
  expect(await compare(from, to)).toEqual([]);
});

test('a unit that one of the states knows nothing of is left alone; one that was looked for and not there is stopped', async () => {
  const from = point({ 'a.service': {}, 'b@x.service': { unitFile: 'static' } });
  expect(await compare(from, point({}, ['c.service']))).toEqual([]);
  expect(await compare(from, point({}, ['b@*.service']))).toEqual([
    'stop b@x.service: it was not there',
    READ,
  ]);
});

test('a failure is forgotten, or can not be put back', async () => {
  const [well, failed, idle] = ['active', 'failed', 'inactive'].map((active) =>
    point({ 'a.service': { active } }),
  );
  expect(await compare(failed, idle)).toEqual(['forget the failure of a.service']);
  expect(await compare(failed, well)).toEqual(['start a.service: it failed']);
  const lost = '! a.service had failed then; it is left stopped, as a failure can not be put back';
  expect(await compare(well, failed)).toEqual(['stop a.service', lost]);
  expect(await compare(idle, failed)).toEqual([lost]);
});

test('only files that define a unit make it start anew, and only where it runs', async () => {
  const names = ['a-b@x.service', 'c.service'];
  const observed = {
    files: { fragment: '/opt/c.service', source: '', dropIns: [], environment: ['/etc/c/*.env'] },
  };
  const both = point({ [names[0]]: {}, [names[1]]: { observed } });
  const changes = (path: string) => compare(both, both, { files: [path] });
  const etc = '/etc/systemd/system';
  for (const path of ['a-b@.service', 'a-b@x.service.d/1.conf', 'a-b@.service.d', 'a-.service.d/1.conf']) {
    const [first, second, ...more] = await changes(`${etc}/${path}`);
    expect([path, first, second, more]).toEqual([
      path,
      READ,
      expect.stringMatching(/^restart a-b@x.service: its (unit file|drop-in) changes$/),
      [],
    ]);
  }
  expect(await changes(`${etc}/basic.target.wants/c.service`)).toEqual([READ]);
  expect(await changes('/etc/c/1.env')).toEqual(['restart c.service: its environment file changes']);
  expect(await changes('/opt/c.service')).toEqual([READ, 'restart c.service: its unit file changes']);
  const idle = point({ 'c.service': { active: 'inactive', observed } });
  expect(await compare(idle, idle, { files: ['/etc/c/1.env'] })).toEqual([]);
});

test('a unit that others start when it is needed is neither started nor stopped, but starts anew when its files change', async () => {
  const runs = point({
    'a.service': { active: 'on-demand', unitFile: 'static', observed: { active: 'active' } },
  });
  const rests = point({
    'a.service': { active: 'on-demand', unitFile: 'static', observed: { active: 'inactive' } },
  });
  expect([await compare(runs, rests), await compare(rests, runs)]).toEqual([[], []]);
  const files = ['/etc/systemd/system/a.service'];
  expect(await compare(runs, rests, { files })).toEqual([READ, 'restart a.service: its unit file changes']);
  expect(await compare(rests, runs, { files })).toEqual([READ]);
  expect(await compare(runs, point({ 'a.service': NOT_THERE }))).toEqual([
    'stop a.service: it was not there',
    READ,
  ]);
});

test('what was running masked, or is not to be started or stopped by hand, is said and left', async () => {
  const masked = point({ 'a.service': { load: 'masked', unitFile: 'masked' } });
  const files = ['/etc/systemd/system/a.service'];
  expect(await compare(point({ 'a.service': {} }), masked, { files })).toEqual([READ]);
  const idle = point({ 'a.service': { active: 'inactive' } });
  expect(await compare(idle, masked, { files })).toEqual([READ, expect.stringMatching(/^! .* was masked/)]);
  const can = { start: false, stop: false, reload: false };
  const fixed = point({ 'a.service': { observed: { can } } });
  expect(await compare(fixed, idle)).toEqual(["! a.service was not running, but can't be stopped by hand"]);
  expect(await compare(idle, fixed)).toEqual(["! a.service was running, but can't be started by hand"]);
  expect(await compare(fixed, fixed, { files })).toEqual([
    READ,
    expect.stringMatching(/^! .*next start of the host/),
  ]);
});

test('links that no file accounts for are made by systemctl, those that are gone with the next start always', async () => {
  const of = (unitFile: string) => point({ 'a.service': { unitFile } });
  expect(await compare(of('disabled'), of('enabled'))).toEqual([READ, 'enable a.service']);
  const files = ['/etc/systemd/system/x.target.wants/a.service'];
  expect(await compare(of('disabled'), of('enabled'), { files })).toEqual([READ]);
  expect(await compare(of('masked-runtime'), of('enabled'), { files })).toEqual([READ, 'unmask a.service']);
  const stopped = point({ 'a.service': { unitFile: 'masked-runtime', active: 'inactive' } });
  expect(await compare(stopped, of('enabled'), { files })).toEqual([READ, 'unmask and start a.service']);
});

test('stops go against the order of starts, and a circle is no obstacle', async () => {
  const after = (...units: string[]) => ({ observed: { after: units.map((unit) => `${unit}.service`) } });
  const up = point({
    'a.service': after('b'),
    'b.service': after('c'),
    'c.service': {},
    'd.service': after('e'),
    'e.service': after('d'),
  });
  const idle = { active: 'inactive' };
  const down = point(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`${name}.service`, idle])));
  const words = async (from: DrivenState, to: DrivenState) =>
    (await compare(from, to)).map((text) => text.split(/[ .]/)[1]);
  expect(await words(down, up)).toEqual(['c', 'b', 'a', 'd', 'e']);
  expect(await words(up, down)).toEqual(['e', 'd', 'a', 'b', 'c']);
});

test('an alias has no steps of its own, unless it has become a unit', async () => {
  const alias = point({ 'sshd.service': { alias: 'ssh.service' }, 'ssh.service': {} });
  const idle = point({
    'sshd.service': { alias: 'ssh.service', active: 'inactive' },
    'ssh.service': { active: 'inactive' },
  });
  expect(await compare(alias, idle)).toEqual(['stop ssh.service']);
  const both = point({ 'sshd.service': {}, 'ssh.service': {} });
  expect(await compare(both, alias)).toEqual(['stop sshd.service']);
});
