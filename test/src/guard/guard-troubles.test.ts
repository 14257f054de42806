// What a change may do to its own guard: fill its disk, take its program away, hide its store, write without end. It goes
// back all the same, as soon as it can.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { logDone } from '#src/log-operation.js';
import { openSession } from '#src/session.js';
import { runCommand } from '../../fixtures/run-command.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { CLI } from '../cli/command-workspace.js';
import { endWatchdogs } from './end-watchdogs.js';
import { createGuardedTree, type GuardedTree, untilState } from './guarded-tree.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

let tree: GuardedTree;
beforeEach(() => {
  tree = createGuardedTree();
});

/** Waits until a process has gone to sleep, and so looked at what it looks at, some more times. */
async function looksAgain(pid: number): Promise<void> {
  const count = () =>
    Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const before = count();
  await waitFor(() => count() > before + 20, 'the watchdog to look again');
}

async function guardKinds(): Promise<string[]> {
  const { operations } = await tree.json('log');
  return operations
    .filter(({ kind }: { kind: string }) => kind === 'guard')
    .map(({ outcome }: { outcome: string }) => outcome);
}

describe('a guarded change', () => {
  it('that fills the disk of the store goes back once there is room again', async () => {
    const mount = createTemporaryDirectory({ tmpfsSizeBytes: 64 << 20 });
    const store = join(mount, 'store');
    const filler = join(mount, 'filler');
    const script = `${tree.update}; head -c 30M /dev/urandom >'${tree.roots[0]}/large'; cat /dev/zero >'${filler}'; exit 1`;
    const words = ['--store', store, 'guard', ...tree.paths, '--', 'sh', '-c', script];
    onTestFinished(() => endWatchdogs(store));
    const ended = runCommand(process.execPath, [CLI, ...words]);
    const state = () =>
      JSON.stringify(runTool('sh', ['-c', `cat '${store}'/guard/*-state-* 2>/dev/null || true`]).toString());
    await waitFor(() => state().includes('reverting'), 'the way back');
    const pid = Number(
      runTool('pgrep', ['-f', `savepoint-guard ${store}`])
        .toString()
        .trim()
        .split('\n')[0],
    );
    await looksAgain(pid);
    expect(state()).not.toMatch(/inconsistent|reverted/);
    rmSync(filler);
    const { exitCode, stderr } = await ended;
    expect([exitCode, stderr]).toEqual([
      10,
      expect.stringContaining('taken back: the command ended with exit code 1'),
    ]);
    tree.expectAsBefore();
  });

  it("that takes savepoint's own program away goes back", async () => {
    const program = join(tree.directory, 'program');
    mkdirSync(program);
    cpSync(join(PROJECT, 'dist'), join(program, 'dist'), { recursive: true });
    cpSync(join(PROJECT, 'package.json'), join(program, 'package.json'));
    symlinkSync(join(PROJECT, 'node_modules'), join(program, 'node_modules'));
    // Enough to be worth threads.
    const many = join(tree.roots[1], 'many');
    mkdirSync(many);
    for (let number = 0; number < 600; number++)
      writeFileSync(join(many, String(number)), `${number}`.repeat(5000));
    runTool('sh', ['-euc', 'rm -r "$2"; cp -a "$1" "$2"', 'sh', dirname(tree.roots[0]), tree.before]);
    const script = `cd '${many}'; for each in *; do echo changed >>$each; done; rm -r '${program}/dist'; exit 1`;
    const main = join(program, 'dist/program/savepoint.js');
    await runCommand(process.execPath, [
      main,
      '--store',
      tree.store,
      'guard',
      ...tree.paths,
      '--',
      'sh',
      '-c',
      script,
    ]);
    await untilState(tree, 'reverted');
    tree.expectAsBefore();
  });

  it('goes back though its store is out of sight for a while', async () => {
    expect((await tree.guard(['--confirm', '3s', '--detach'], tree.update)).exitCode).toBe(30);
    const watchdog = tree.watchdog();
    renameSync(tree.store, `${tree.store}-away`);
    await looksAgain(watchdog);
    renameSync(`${tree.store}-away`, tree.store);
    await untilState(tree, 'reverted');
    tree.expectAsBefore();
  });

  it('goes back in time though a pattern takes for ever, or a log becomes a pipe', async () => {
    const log = join(tree.directory, 'log');
    const components = tree.roots
      .map((root, number) => `c${number}: { kind: files, paths: [${root}] }`)
      .join(', ');
    const triggers = `[failure, { on: critical-log, file: ${log}, patterns: ["^(a+)+$"] }]`;
    const config = join(tree.directory, 'guard.yaml');
    writeFileSync(config, `components: { ${components} }\nguard: { triggers: ${triggers} }\n`);
    for (const spoil of [`echo ${'a'.repeat(40)}! >>'${log}'`, `rm '${log}'; mkfifo '${log}'`]) {
      rmSync(log, { force: true });
      writeFileSync(log, '');
      const words = [
        'guard',
        '--config',
        config,
        '--force',
        '--confirm',
        '3s',
        '--',
        'sh',
        '-c',
        `${tree.update}; ${spoil}`,
      ];
      const { exitCode, stderr } = await tree.run(words);
      expect([exitCode, stderr]).toEqual([10, expect.stringContaining('nobody confirmed it in time')]);
      tree.expectAsBefore();
    }
  });

  it('goes back though others write without a break: what they wrote is set aside', async () => {
    const file = join(tree.roots[0], 'busy');
    writeFileSync(file, 'before');
    const writer = spawn('sh', ['-c', `i=0; while :; do i=$((i+1)); echo $i >'${file}'; done`]);
    onTestFinished(() => void writer.kill('SIGKILL'));
    const { exitCode, stderr } = await tree.guard([], `${tree.update}; exit 1`);
    writer.kill('SIGKILL');
    // Who writes between the last step and the look at it afterwards is told of, and is the only one.
    expect([exitCode, stderr]).toBeOneOf([
      [10, expect.stringContaining('taken back')],
      [20, expect.stringContaining(`${file} is not as the point has it: it has another content.`)],
    ]);
    rmSync(file);
    runTool('sh', ['-c', `rm -rf '${tree.roots[0]}'/.savepoint-*`]);
    expect((await tree.run(['diff', 'latest', 'live', '--name-status'])).stdout).not.toMatch(
      /added|new\/below/,
    );
  }, 180_000);

  it('that puts a link in the place of what is guarded goes back, and the link is kept', async () => {
    const [root] = tree.roots;
    const { exitCode, stderr } = await tree.guard(
      [],
      `mv '${root}' '${root}-2'; ln -s '${root}-2' '${root}'; exit 1`,
    );
    expect([exitCode, stderr]).toEqual([
      10,
      expect.stringMatching(/what stood at .* is kept as .*\.savepoint-/),
    ]);
    runTool('sh', ['-c', `rm -r '${root}-2' '${root}'.savepoint-*`]);
    tree.expectSameFiles();
  });
});

describe('the log', () => {
  it('says once how a change ended, however much came since, and though it is damaged', async () => {
    expect((await tree.guard([], tree.update)).exitCode).toBe(0);
    await waitFor(() => !existsSync(`/proc/${tree.watchdog()}`), 'the watchdog to end');
    const session = await openSession({ store: tree.store });
    const about = {
      kind: 'gc',
      startedAt: new Date(),
      command: ['gc'],
      components: [],
      outcome: 'done',
    } as const;
    for (let number = 0; number < 140; number++) await logDone(session, about);
    await session.close();
    await tree.run(['recover']);
    expect(await guardKinds()).toEqual(['done']);
  });

  it('has an entry of a change whose watchdog was killed before it could write it', async () => {
    expect((await tree.guard([], `${tree.update}; exit 1`)).exitCode).toBe(10);
    const entries = runTool('sh', ['-c', `grep -l '"kind":"guard"' '${tree.store}'/operations/*`])
      .toString()
      .trim();
    rmSync(entries);
    runTool('sh', ['-c', `rm '${tree.store}'/guard/*-logged-*`]);
    const again = await tree.guard([], `${tree.update}; exit 1`);
    expect([again.exitCode, await guardKinds()]).toEqual([10, ['reverted', 'reverted']]);
  });
});

describe('a watchdog', () => {
  it('of a container that is gone is replaced once it no longer says that it lives', async () => {
    const words = [
      '--store',
      tree.store,
      'guard',
      ...tree.paths,
      '--confirm',
      '10m',
      '--detach',
      '--',
      'sh',
      '-c',
      tree.update,
    ];
    const script = `'${process.execPath}' '${CLI}' "$@"; exit 0`;
    await runCommand('unshare', [
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
      'sh',
      '-c',
      script,
      'sh',
      ...words,
    ]);
    expect(tree.state()).toBe('trial');
    expect((await tree.run(['recover'])).stdout).toContain('No operation was interrupted');
    const past = new Date(Date.now() - 3_600_000);
    const [record] = runTool('sh', ['-c', `ls '${tree.store}'/guard/*-watch-*`])
      .toString()
      .trim()
      .split('\n');
    utimesSync(record, past, past);
    expect((await tree.run(['recover'])).stdout).toContain('Took the guarded change');
    tree.expectAsBefore();
  });

  it('of a change within another one outlives the way back of that', async () => {
    const inner = join(tree.directory, 'inner');
    const other = join(tree.directory, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'file'), 'before');
    onTestFinished(() => endWatchdogs(inner));
    const nested = `'${process.execPath}' '${CLI}' --store '${inner}' guard --path '${other}' --confirm 10m --detach -- sh -c 'echo after >${other}/file'`;
    const { exitCode, stderr } = await tree.guard([], `${nested}; exit 1`);
    expect([exitCode, stderr]).toEqual([10, expect.not.stringMatching(/^savepoint: ended/m)]);
    const run = (...words: string[]) => runCommand(process.execPath, [CLI, '--store', inner, ...words]);
    expect((await run('cancel')).exitCode).toBe(0);
    expect(readFileSync(join(other, 'file'), 'utf8')).toBe('before');
  });
});

describe('a guard', () => {
  it('does not hold against a change that somebody ended it', async () => {
    const script = `${tree.update}; kill -INT $$`;
    expect((await tree.guard([], script)).exitCode).toBe(10);
    tree.expectAsBefore();
    expect((await tree.guard([], script)).exitCode).toBe(10);
  });

  it('asks for the directory that a link leads to, and takes any length of time', async () => {
    const link = join(tree.directory, 'link');
    symlinkSync(tree.roots[0], link);
    const refused = await tree.run(['guard', '--path', link, '--', 'true']);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining(`is a link to the directory`),
    ]);
    const flags = ['--timeout', '999999999d', '--confirm', '999999999d', '--detach'];
    expect((await tree.guard(flags, tree.update)).exitCode).toBe(30);
    expect((await tree.run(['confirm', '--extend', '999999999d'])).exitCode).toBe(0);
    expect((await tree.run(['cancel'])).exitCode).toBe(0);
  });

  it('of a trial leaves no point behind that counts as good', async () => {
    const components = tree.roots
      .map((root, number) => `c${number}: { kind: files, paths: [${root}] }`)
      .join(', ');
    writeFileSync(
      join(tree.directory, 'savepoint.yaml'),
      `components: { ${components} }\nguard: { health: [{ command: "true" }] }\n`,
    );
    expect((await tree.json('save')).point.health).toBe('healthy');
    expect((await tree.guard(['--confirm', '10m', '--detach'], tree.update)).exitCode).toBe(30);
    expect((await tree.json('save')).point.health).toBe('unknown');
    expect((await tree.run(['cancel'])).exitCode).toBe(0);
  });
});
