// From configured components to what a save captures: the deepest common directory, and what is meant below it.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { definitionsOf } from '#src/configuration/definitions-of.js';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { FILE } from './expect-refusal.js';

let directory: string;

beforeEach(() => {
  directory = createTemporaryDirectory();
  for (const file of [
    'etc/ssh/sshd_config',
    'etc/hosts',
    'etc/ssh-old/key',
    'srv/app/data/a',
    'real/sub/x/f',
  ]) {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), '');
  }
  symlinkSync('../real/sub', join(directory, 'etc/link'));
});

const configure = (components: Record<string, object>) =>
  parseConfiguration(JSON.stringify({ components }), FILE);

/** The definition of a component with `paths` below the test's directory, its origin relative to that too. */
function define(...paths: string[]): { origin: string; only?: readonly string[] } {
  const component = { kind: 'files', paths: paths.map((path) => `${directory}/${path}`) };
  const [{ origin, only }] = definitionsOf(configure({ a: component }));
  return { origin: origin.slice(directory.length + 1), ...(only === undefined ? {} : { only }) };
}

describe('the paths of a component', () => {
  it('that are one directory are its origin, and nothing limits it', () => {
    expect(define('etc')).toEqual({ origin: 'etc' });
    expect(define('etc/')).toEqual({ origin: 'etc' });
    expect(define('srv/../etc/./ssh//')).toEqual({ origin: 'etc/ssh' });
  });

  it('that are one file are its directory, limited to it', () => {
    expect(define('etc/ssh/sshd_config')).toEqual({ origin: 'etc/ssh', only: ['sshd_config'] });
    expect(define('etc/link')).toEqual({ origin: 'etc', only: ['link'] });
  });

  it('that are several are their deepest common directory, limited to them', () => {
    expect(define('etc/ssh', 'etc/hosts')).toEqual({ origin: 'etc', only: ['hosts', 'ssh'] });
    expect(define('etc/ssh', 'etc/ssh-old')).toEqual({ origin: 'etc', only: ['ssh', 'ssh-old'] });
    expect(define('srv/app', 'etc/ssh/sshd_config')).toEqual({
      origin: '',
      only: ['etc/ssh/sshd_config', 'srv/app'],
    });
    expect(definitionsOf(configure({ a: { kind: 'files', paths: ['/usr/bin', '/etc'] } }))).toMatchObject([
      { origin: '/', only: ['etc', 'usr/bin'] },
    ]);
  });

  it('that are inside others, or stand twice, add nothing', () => {
    expect(define('etc', 'etc/ssh', 'etc/hosts', 'etc')).toEqual({ origin: 'etc' });
    expect(define('etc/ssh', 'etc/ssh/sshd_config', 'etc/hosts')).toEqual({
      origin: 'etc',
      only: ['hosts', 'ssh'],
    });
    expect(define('etc/hosts', 'etc/hosts')).toEqual({ origin: 'etc', only: ['hosts'] });
  });

  it('that lead through a symbolic link stand for where it leads, as a walk does not follow it', () => {
    expect(define('etc/hosts', 'etc/link/x')).toEqual({ origin: '', only: ['etc/hosts', 'real/sub/x'] });
    expect(define('etc/link', 'etc/link/x')).toEqual({ origin: '', only: ['etc/link', 'real/sub/x'] });
    expect(define('etc/link/x', 'real/sub')).toEqual({ origin: 'real/sub' });
    expect(define('etc/link/x')).toEqual({ origin: 'etc/link/x' });
    expect(define('etc/link/x/f')).toEqual({ origin: 'etc/link/x', only: ['f'] });
  });

  it('must exist', () => {
    const path = join(directory, 'etc/sssh');
    const configuration = configure({ ssh: { kind: 'config', paths: [directory, path] } });
    expect(() => definitionsOf(configuration)).toThrow(
      expect.objectContaining({ code: 'PATH_NOT_FOUND', fields: { component: 'ssh', path } }),
    );
    expect(() => definitionsOf(configuration)).toThrow(`There is no ${path}, which the component 'ssh'`);
  });
});

describe('the definitions of a configuration', () => {
  it('are those of all components, with what each leaves out', () => {
    const configuration = configure({
      b: { kind: 'files', paths: [directory], exclude: ['*.log'], oneFileSystem: true },
      a: { kind: 'config', paths: [directory] },
    });
    const role = {
      ...{ critical: false, dependsOn: [], onError: 'continue', validate: [], swap: false },
      ...{ neverRevert: [], reload: [] },
    };
    expect(definitionsOf(configuration)).toEqual([
      {
        ...{ name: 'b', origin: directory, exclude: ['*.log'], oneFileSystem: true },
        role: { ...role, kind: 'files', category: 'filesystem', checkFormats: false },
      },
      {
        ...{ name: 'a', origin: directory, oneFileSystem: false },
        role: { ...role, kind: 'config', category: 'configuration', checkFormats: true },
      },
    ]);
  });

  it('have the settings of what a state adapter has, and no place of its own', () => {
    const configuration = configure({
      web: { kind: 'systemd', units: ['nginx.service'], critical: true },
      git: { kind: 'custom', adapter: 'git-checkout', settings: { repositories: ['/srv/app'] } },
    });
    const common = { dependsOn: [], validate: [], category: 'service' };
    expect(definitionsOf(configuration)).toEqual([
      {
        ...{ name: 'web', origin: '/', oneFileSystem: false },
        settings: { units: ['nginx.service'], onChange: 'restart', timeout: '90s' },
        role: { ...common, kind: 'systemd', critical: true, onError: 'abort' },
      },
      {
        ...{ name: 'git', origin: '/', oneFileSystem: false, settings: { repositories: ['/srv/app'] } },
        role: { ...common, kind: 'git-checkout', critical: false, onError: 'continue' },
      },
    ]);
  });

  it('are those of the components that are named, whose paths alone have to exist', () => {
    const configuration = configure({
      app: { kind: 'files', paths: [directory] },
      gone: { kind: 'files', paths: [join(directory, 'gone')] },
    });
    expect(definitionsOf(configuration, ['app']).map(({ name }) => name)).toEqual(['app']);
    expect(definitionsOf(configuration, [])).toEqual([]);
    expect(() => definitionsOf(configuration, ['app', 'gome'])).toThrow(
      expect.objectContaining({
        code: 'COMPONENT_NOT_FOUND',
        fields: { component: 'gome', file: FILE, nearest: ['gone'] },
        message: "There is no component 'gome' in savepoint.yaml. Did you mean gone?",
      }),
    );
  });
});
