// Staged changes are seen in place by programs that are run in a view, and by nobody else; nothing of it is left behind.
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStagedView, type StagedChange } from '#adapters/system/staged-view.js';
import { encodeName } from '#store/names.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';

const canMount = process.getuid?.() === 0;

/** A directory with some content, and one with staged files beside it. */
function makePlaces() {
  const directory = createTemporaryDirectory();
  const live = join(directory, 'live');
  const staging = join(directory, 'staging');
  mkdirSync(join(live, 'sub'), { recursive: true });
  mkdirSync(staging);
  writeFileSync(join(live, 'a'), 'old');
  writeFileSync(join(live, 'sub', 'b'), 'old b');
  writeFileSync(join(live, 'untouched'), 'same');
  symlinkSync('a', join(live, 'link'));
  const stage = (name: string, content: string, mode = 0o644) => {
    const source = join(staging, name);
    writeFileSync(source, content);
    chmodSync(source, mode);
    return source;
  };
  return { directory, live, staging, stage };
}

/** What a shell says in the view. */
async function see(changes: readonly StagedChange[], script: string, ...args: string[]): Promise<string> {
  const view = await openStagedView(changes);
  try {
    expect(view.isAvailable).toBe(true);
    const result = await view.run('sh', ['-euc', script, 'sh', ...args]);
    expect(result).toMatchObject({ exitCode: 0 });
    return result?.output ?? '';
  } finally {
    await view.close();
  }
}

function content(directory: string): string {
  return execFileSync('sh', ['-euc', 'cd "$1"; find . | sort; cat a untouched', 'sh', directory], {
    encoding: 'utf8',
  });
}

describe.runIf(canMount)('a staged view', () => {
  it('has files, links and directories in place, attributes included, and nothing outside changes', async () => {
    const { live, staging, stage } = makePlaces();
    symlinkSync('sub/new', join(staging, 'link'));
    const source = stage('new', 'new', 0o666);
    chownSync(source, 1234, 1234);
    const before = content(live);
    const changes: StagedChange[] = [
      { path: join(live, 'sub', 'new'), type: 'file', source },
      { path: join(live, 'a'), type: 'directory' },
      { path: join(live, 'a', 'c'), type: 'file', source: stage('c', 'c') },
      { path: join(live, 'link'), type: 'symlink', source: join(staging, 'link') },
      { path: join(live, 'sub', 'b'), type: 'removed' },
    ];
    const script = 'cd "$1"; find . | sort; cat link a/c untouched; stat -c " %a %u" sub/new; echo x >a/made';
    expect(await see(changes, script, live)).toBe(
      ['.', './a', './a/c', './link', './sub', './sub/new', './untouched', 'newcsame 666 1234'].join('\n'),
    );
    expect(content(live)).toBe(before);
  });

  it('a directory that becomes a link, and a link that becomes a directory', async () => {
    const { live, staging, stage } = makePlaces();
    mkdirSync(join(live, 'target'));
    symlinkSync(join(live, 'target'), join(live, 'way'));
    symlinkSync('target', join(staging, 'sub'));
    const changes: StagedChange[] = [
      { path: join(live, 'sub'), type: 'symlink', source: join(staging, 'sub') },
      { path: join(live, 'way'), type: 'directory' },
      { path: join(live, 'way', 'x'), type: 'file', source: stage('x', 'x') },
    ];
    expect(await see(changes, 'cd "$1"; readlink sub; ls way; ls target', live)).toBe('target\nx');
    expect(readdirSync(join(live, 'target'))).toEqual([]);
  });

  it('what is mounted below stays seen, and changes on it are in place as well', async () => {
    const { live, stage } = makePlaces();
    for (const name of ['one', 'two']) {
      mkdirSync(join(live, name));
      runTool('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'savepoint-test', join(live, name)]);
      writeFileSync(join(live, name, 'file'), name);
    }
    const changes: StagedChange[] = [
      { path: join(live, 'a'), type: 'file', source: stage('a', 'new ') },
      { path: join(live, 'one', 'file'), type: 'file', source: stage('file', 'new one ') },
    ];
    expect(await see(changes, 'cd "$1"; cat a one/file two/file', live)).toBe('new new one two');
    expect(readFileSync(join(live, 'one', 'file'), 'utf8')).toBe('one');
  });

  it('names that are no UTF-8, and those that mount options are made of, are in place', async () => {
    const { directory, stage } = makePlaces();
    const odd = join(directory, 'a,b:c\\ d');
    mkdirSync(odd);
    writeFileSync(join(odd, 'x'), 'old');
    const name = '\udcff';
    writeFileSync(Buffer.from(encodeName(join(odd, name))), 'old');
    const changes: StagedChange[] = [
      { path: join(odd, name), type: 'file', source: stage('odd', 'new') },
      { path: join(odd, 'x'), type: 'removed' },
    ];
    expect(await see(changes, 'cd "$1"; ls | wc -l; cat *', odd)).toBe('1\nnew');
  });

  it('two directories far from each other are seen changed in one view', async () => {
    const { stage } = makePlaces();
    const changes: StagedChange[] = ['/etc', '/usr/lib'].map((directory) => ({
      ...{
        path: `${directory}/savepoint-test/new`,
        type: 'file',
        source: stage(directory.slice(-3), `${directory} `),
      },
    }));
    expect(await see(changes, 'cat /etc/savepoint-test/new /usr/lib/savepoint-test/new')).toBe(
      '/etc /usr/lib',
    );
    expect(existsSync('/etc/savepoint-test')).toBe(false);
  });

  it('a new file at the top can not be shown', async () => {
    const { stage } = makePlaces();
    const view = await openStagedView([
      { path: '/savepoint-test-none', type: 'file', source: stage('a', 'new') },
    ]);
    expect(view.isAvailable).toBe(false);
    expect(await view.run('true', [])).toBeUndefined();
    await view.close();
  });

  it('a program that is not there ends with 127, and a closed view answers nothing', async () => {
    const { live, stage } = makePlaces();
    const view = await openStagedView([{ path: join(live, 'a'), type: 'file', source: stage('a', 'new') }]);
    expect(await view.run('savepoint-test-none', [])).toMatchObject({ exitCode: 127 });
    expect(await view.run('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      exitCode: 3,
      output: 'out\nerr',
    });
    await view.close();
    expect(await view.run('true', [])).toBeUndefined();
  });

  it('is gone when the process that made it is killed', async () => {
    const { live, stage } = makePlaces();
    const script = fileURLToPath(new URL('./hold-view.mjs', import.meta.url));
    const child = spawn(process.execPath, [script, join(live, 'a'), stage('a', 'new ')]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = await new Promise<string>((resolve) =>
      child.stdout.once('data', (bytes) => resolve(String(bytes))),
    );
    const [, namespace] = /^new (mnt:\[\d+\])/.exec(said) ?? [];
    expect(namespacesOfProcesses()).toContain(namespace);
    child.kill('SIGKILL');
    await waitFor(() => !namespacesOfProcesses().includes(namespace), 'its last process to end');
    expect(readFileSync(join(live, 'a'), 'utf8')).toBe('old');
  });
});

function namespacesOfProcesses(): (string | undefined)[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/ns/mnt`);
      } catch (error) {
        if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? ''))
          return undefined;
        throw error;
      }
    });
}
