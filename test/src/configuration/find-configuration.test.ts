// Which configuration file is used: a named one, the nearest one upwards, or that of the machine.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findConfiguration } from '#src/configuration/find-configuration.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const start = process.cwd();
let directory: string;

beforeEach(() => {
  directory = createTemporaryDirectory();
  mkdirSync(join(directory, 'a/b/c'), { recursive: true });
  process.chdir(join(directory, 'a/b/c'));
  vi.stubEnv('SAVEPOINT_CONFIG', undefined);
});

afterEach(() => {
  process.chdir(start);
  vi.unstubAllEnvs();
});

function make(path: string): string {
  writeFileSync(join(directory, path), '');
  return join(directory, path);
}

describe('the configuration file', () => {
  it('is the one that is named, before all others', () => {
    const named = make('a/named.yaml');
    make('a/b/c/savepoint.yaml');
    vi.stubEnv('SAVEPOINT_CONFIG', make('other.yaml'));
    expect(findConfiguration('../../named.yaml')).toBe(named);
  });

  it('is else the one that the environment names', () => {
    make('a/b/c/savepoint.yaml');
    vi.stubEnv('SAVEPOINT_CONFIG', make('other.yaml'));
    expect(findConfiguration()).toBe(join(directory, 'other.yaml'));
  });

  it('is else the nearest savepoint.yaml upwards; an empty variable, and a directory of the name, are passed over', () => {
    make('savepoint.yaml');
    const nearest = make('a/savepoint.yaml');
    mkdirSync(join(directory, 'a/b/savepoint.yaml'));
    vi.stubEnv('SAVEPOINT_CONFIG', '');
    expect(findConfiguration()).toBe(nearest);
  });

  it('may be a symbolic link', () => {
    make('real.yaml');
    symlinkSync(join(directory, 'real.yaml'), join(directory, 'a/savepoint.yaml'));
    symlinkSync('nowhere', join(directory, 'a/b/savepoint.yaml'));
    expect(findConfiguration()).toBe(join(directory, 'a/savepoint.yaml'));
  });

  it('is else that of the machine, if there is one', () => {
    const ofMachine = '/etc/savepoint.yaml';
    expect(findConfiguration()).toBe(existsSync(ofMachine) ? ofMachine : undefined);
  });

  it('that is named and is not there is an error, whoever named it', () => {
    make('savepoint.yaml');
    const path = join(directory, 'a/b/c/missing.yaml');
    const refusal = { code: 'PATH_NOT_FOUND', fields: { path } };
    expect(() => findConfiguration('missing.yaml')).toThrow(expect.objectContaining(refusal));
    expect(() => findConfiguration('missing.yaml')).toThrow('--config');
    expect(() => findConfiguration(directory)).toThrow(expect.objectContaining({ code: 'PATH_NOT_FOUND' }));
    expect(() => findConfiguration('')).toThrow(expect.objectContaining({ code: 'USAGE' }));
    vi.stubEnv('SAVEPOINT_CONFIG', path);
    expect(() => findConfiguration()).toThrow(expect.objectContaining(refusal));
    expect(() => findConfiguration()).toThrow('$SAVEPOINT_CONFIG');
  });
});
