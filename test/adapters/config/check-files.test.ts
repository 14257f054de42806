// Configuration is judged by the programs that read it, before it is put in place: real ones, in a Debian system of their own.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ChangedFile, checkFiles, type FileChecks } from '#adapters/config/check-files.js';
import { createDebianChroot, type DebianChroot } from '../../fixtures/debian-chroot.js';
import { SERVER } from '../../fixtures/debian-system.js';
import { NODE, PROJECT } from '../../fixtures/private-root.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const canRunIt = process.getuid?.() === 0;

let debian: DebianChroot;

interface StagedFile {
  readonly path: string;
  readonly content?: string;
  readonly before?: string;
  /** Of a symbolic link. */
  readonly target?: string;
  readonly mode?: number;
}

interface Surroundings {
  /** Made before anything is staged. */
  readonly directories?: readonly string[];
  /** Run in the view. */
  readonly command?: readonly string[];
}

interface Checked extends FileChecks {
  readonly ran?: unknown;
}

async function check(files: readonly StagedFile[], surroundings: Surroundings = {}): Promise<Checked> {
  rmSync(join(debian.root, 'var/lib/staging'), { recursive: true, force: true });
  const script = `${PROJECT}/test/adapters/config/check-inside.mjs`;
  const input = JSON.stringify({ files, ...surroundings });
  const { stdout, stderr } = await debian.run([NODE, script], { input });
  expect(stderr).toBe('');
  const { isAvailable, isUnmounted, ...checks } = JSON.parse(stdout);
  expect({ isAvailable, isUnmounted }).toEqual({ isAvailable: true, isUnmounted: true });
  return checks as Checked;
}

function read(path: string): string {
  return readFileSync(join(debian.root, path), 'utf8');
}

const NOTHING_WRONG: FileChecks = { problems: [], notChecked: [] };
const NGINX = '/etc/nginx/nginx.conf';

describe.runIf(canRunIt)('in a Debian system', () => {
  beforeAll(() => {
    debian = createDebianChroot(
      join(createTemporaryDirectory({ lifetime: 'file', inMemory: true }), 'root'),
      {
        include: SERVER,
      },
    );
  });

  it('a broken nginx.conf is refused while the one in place is fine, and stays', async () => {
    const before = read(NGINX);
    const { problems, notChecked } = await check([{ path: NGINX, content: 'worker_processes many;\n' }]);
    expect(problems).toEqual([
      {
        object: NGINX,
        code: 'VALIDATION_FAILED',
        message: expect.stringMatching(
          /'nginx -t -q' ended with exit code 1: .*worker_processes.*nginx\.conf:1.*Roll back/s,
        ),
      },
    ]);
    expect(notChecked).toEqual([]);
    expect(read(NGINX)).toBe(before);
    expect(await debian.run(['nginx', '-t'])).toMatchObject({ exitCode: 0 });
  });

  it('a good nginx.conf passes while the one in place is broken', async () => {
    const good = read(NGINX);
    debian.write(NGINX, 'broken');
    expect(await check([{ path: NGINX, content: good }])).toEqual(NOTHING_WRONG);
    expect(read(NGINX)).toBe('broken');
    debian.write(NGINX, good);
  });

  it('a file that would be included is judged with the rest, as is one that would be gone', async () => {
    const path = '/etc/nginx/conf.d/new.conf';
    expect(await check([{ path, content: 'client_body_timeout 5;\n' }])).toEqual(NOTHING_WRONG);
    const { problems } = await check([
      { path, content: 'include /etc/nginx/extra/a.conf;\n' },
      { path: '/etc/nginx/extra/a.conf', content: 'client_body_timeout never;\n' },
    ]);
    expect(problems).toMatchObject([{ object: path, message: expect.stringMatching(/extra\/a\.conf:1/) }]);
    expect(await check([{ path: '/etc/nginx/mime.types' }])).toMatchObject({
      problems: [{ message: expect.stringMatching(/mime\.types" failed.*No such file/) }],
    });
    expect(readdirSync(join(debian.root, 'etc/nginx/conf.d'))).toEqual([]);
  });

  it('a link that would lead elsewhere is followed there', async () => {
    debian.write('/srv/site.conf', 'no such words;');
    const link = { path: '/etc/nginx/sites-enabled/default', target: '/srv/site.conf' };
    expect(await check([link])).toMatchObject({ problems: [{ message: expect.stringMatching(/no/) }] });
    debian.write('/srv/site.conf', '');
    expect(await check([link])).toEqual(NOTHING_WRONG);
  });

  it('one program judges all files of its own at once, and several in one view', async () => {
    const { problems } = await check(
      [
        { path: '/etc/ssh/sshd_config.d/a.conf', content: 'PermitRootLogin perhaps\n' },
        { path: '/etc/ssh/sshd_config.d/b.conf', content: 'X11Forwarding no\n' },
        { path: '/etc/ssh/ssh_config.d/a.conf', content: 'Colour red\n' },
        { path: '/etc/sudoers.d/a', content: 'root ALL=(ALL ALL\n', mode: 0o440 },
        { path: '/etc/fstab', content: 'proc\n' },
        { path: '/etc/logrotate.d/a', content: '/var/log/x {\n  rotate never\n}\n' },
      ],
      { directories: ['/run/sshd'] },
    );
    expect(problems.map(({ object }) => object)).toEqual([
      '/etc/ssh/sshd_config.d/a.conf',
      '/etc/ssh/ssh_config.d/a.conf',
      '/etc/sudoers.d/a',
      '/etc/logrotate.d/a',
      '/etc/fstab',
    ]);
    expect(problems[0].message).toMatch(/\(and 1 more .*sshd -t.*a\.conf line 1/);
    expect(problems[2].message).toMatch(/visudo -c' .*sudoers\.d\/a:1/);
  });

  it('attributes count, too: sudo wants a file that others can not write', async () => {
    const file = { path: '/etc/sudoers.d/a', content: 'root ALL=(ALL:ALL) ALL\n' };
    expect(await check([{ ...file, mode: 0o440 }])).toEqual(NOTHING_WRONG);
    expect((await check([{ ...file, mode: 0o666 }])).problems).toHaveLength(1);
  });

  it('a program that is not installed, or lacks what it needs, is no failure, and named', async () => {
    const path = '/etc/haproxy/haproxy.cfg';
    const config = '/etc/ssh/sshd_config';
    expect(
      await check([
        { path, content: 'x' },
        { path: config, content: 'Port 22\n' },
      ]),
    ).toEqual({
      problems: [],
      notChecked: [
        { program: '/usr/sbin/sshd', paths: [config], reason: 'unusable' },
        { program: 'haproxy', paths: [path], reason: 'missing' },
      ],
    });
  });

  it('where no overlay can be, a file is mounted over the one that it replaces', async () => {
    debian.write('/top.txt', 'old');
    const { ran } = await check([{ path: '/top.txt', content: 'new' }], { command: ['cat', '/top.txt'] });
    expect(ran).toEqual({ exitCode: 0, output: 'new' });
    expect(read('/top.txt')).toBe('old');
  });

  it('nothing of it is left on the machine', () => {
    expect(runTool('findmnt', ['--list', '--noheadings', '--output', 'SOURCE'])).not.toContain('savepoint\n');
  });
});

describe.runIf(canRunIt)('units', () => {
  it('are loaded as systemd would, as they are going to be', async () => {
    debian = createDebianChroot(join(createTemporaryDirectory({ inMemory: true }), 'root'), {
      include: ['systemd'],
    });
    const unit = (name: string, lines: string) => ({
      ...{ path: `/etc/systemd/system/${name}.service`, content: `[Unit]\n${lines}\n` },
    });
    const good = unit('good', 'Requires=bad.service\n[Service]\nExecStart=/bin/true');
    expect(await check([good])).toEqual(NOTHING_WRONG);
    const { problems } = await check([good, unit('bad', '[Service]\nType=simple')]);
    expect(problems).toMatchObject([
      { message: expect.stringMatching(/bad\.service: Service has no ExecStart=/) },
    ]);
    expect(await check([{ path: '/etc/systemd/system/gone.service' }])).toEqual(NOTHING_WRONG);
  });
});

describe('without a view', () => {
  const noView = { run: async () => undefined };
  const checkText = (path: string, content: string, before?: string) => {
    const file: ChangedFile = {
      ...{ path, content: async () => content },
      ...(before === undefined ? {} : { before: async () => before }),
    };
    return checkFiles(noView, [file]);
  };

  it('programs judge nothing, and are named', async () => {
    expect(await checkText('/etc/nginx/nginx.conf', 'x')).toEqual({
      problems: [],
      notChecked: [{ program: 'nginx', paths: ['/etc/nginx/nginx.conf'], reason: 'no-view' }],
    });
  });

  it.each([
    ['/srv/a.json', '{"a": 1,\n  b\n}', undefined, '2:3'],
    ['/srv/a.json', '{"a": 1, // comment\n}', '{"a": 1}', '1:10'],
    ['/srv/a.yaml', 'a: [1\nb: 2\n', 'a: 1', '2:1'],
    ['/srv/a.toml', 'a = 1\nb = \n', undefined, '3:1'],
  ])('%s that would not parse is refused with line and column', async (path, content, before, place) => {
    const { problems } = await checkText(path, content, before);
    expect(problems).toMatchObject([{ object: path, code: 'VALIDATION_FAILED' }]);
    expect(problems[0].message).toContain(`${path}:${place}: `);
  });

  it.each([
    ['comments where there were some', '/srv/a.json', '{"a": 1, // x\n}', '{ // y\n}'],
    ['comments in a new file', '/srv/a.json', '{"a": 1, // x\n}', undefined],
    ['what was broken before', '/srv/a.json', '{', '['],
    ['a name that stands twice', '/srv/a.json', '{"a":1,"a":2}', '{"a":1}'],
    ['a template', '/srv/a.yaml', '{{ if x }}\na: [\n', 'a: 1'],
    ['a file to make one of', '/srv/a.yaml.j2', 'a: [\n', undefined],
    ['an empty file', '/srv/a.json', '\n', '{}'],
    ['a file of lines', '/srv/a.conf', '[x\n = ', '[x]'],
  ])('%s is no failure', async (_, path, content, before) => {
    expect((await checkText(path, content, before)).problems).toEqual([]);
  });
});
