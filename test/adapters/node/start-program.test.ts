// Programs are started by posix_spawn as Node starts them: same streams, same endings, same failures; and nothing stays open.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { findPosixSpawner } from '#adapters/node/posix-spawn.js';
import {
  locateProgram,
  type ProgramPlace,
  type StartedProgram,
  startByNode,
  startProgram,
} from '#adapters/node/start-program.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';

const WAYS = [
  ['posix_spawn', startProgram],
  ['Node', startByNode],
] as const;

it('posix_spawn can be used on this machine', () => {
  expect(findPosixSpawner()).toBeDefined();
});

describe.each(WAYS)('a program that %s starts', (_, start) => {
  const run = async (program: string, args: readonly string[], place: Partial<ProgramPlace> = {}) => {
    const whole = { environment: { PATH: process.env['PATH'] }, session: false, ...place };
    return finish(await start(program, args, whole));
  };
  const shell = (script: string, place: Partial<ProgramPlace> = {}) => run('sh', ['-c', script], place);

  it('has its output and its errors apart, and its exit code', async () => {
    expect(await shell('echo out; echo err >&2; exit 7')).toEqual({
      ...{ stdout: 'out\n', stderr: 'err\n' },
      ...{ exitCode: 7, signal: undefined },
    });
  });

  it('reads its input to the end', async () => {
    const program = await start('wc', ['-c'], { environment: process.env, session: false });
    program.stdin.end(Buffer.alloc(3_000_000));
    expect((await finish(program)).stdout).toBe('3000000\n');
  });

  it('says more than a pipe holds, on both streams at once', async () => {
    const { stdout, stderr } = await shell('head -c 2000000 /dev/zero; head -c 2000000 /dev/zero >&2');
    expect([stdout.length, stderr.length]).toEqual([2_000_000, 2_000_000]);
  });

  it('is told from one that a signal has ended', async () => {
    expect(await shell('kill -TERM $$')).toMatchObject({ exitCode: undefined, signal: 'SIGTERM' });
    // Node itself ignores this one.
    expect(await shell('kill -PIPE $$')).toMatchObject({ exitCode: undefined, signal: 'SIGPIPE' });
  });

  it('has the environment and the directory that it is given, and no others', async () => {
    const directory = createTemporaryDirectory();
    const environment = { PATH: '/usr/bin:/bin', GIVEN: 'a b', LEFT: undefined };
    const { stdout } = await run('sh', ['-c', 'pwd; env | grep -v ^_= | sort'], { directory, environment });
    expect(stdout).toBe(`${directory}\nGIVEN=a b\nPATH=/usr/bin:/bin\nPWD=${directory}\n`);
  });

  it('leads a session where it is to', async () => {
    const isLeader = async (session: boolean) =>
      (await shell('cut -d" " -f6 /proc/$$/stat; echo $$', { session })).stdout;
    const [own, ofOthers] = [await isLeader(true), await isLeader(false)].map((text) =>
      text.trim().split(/\s+/),
    );
    expect(own[0]).toBe(own[1]);
    expect(ofOthers[0]).not.toBe(ofOthers[1]);
  });

  it('is waited for though it has closed its output, and though a child of it has it open', async () => {
    expect(await shell('exec >&- 2>&-; sleep 0.2; exit 3')).toMatchObject({ exitCode: 3 });
    expect(await shell('(sleep 0.2; echo late) & exit 4')).toMatchObject({ exitCode: 4, stdout: 'late\n' });
  });

  it('has no descriptor of this process, and of no other program', async () => {
    const descriptors = async () => (await shell('ls /proc/self/fd')).stdout;
    const before = await descriptors();
    const other = await start('cat', [], { environment: process.env, session: false });
    expect(await descriptors()).toBe(before);
    await finish(other);
  });

  it('fails as each other one where it is not there, is no program, or its directory is gone', async () => {
    const directory = createTemporaryDirectory();
    writeFileSync(`${directory}/text`, 'text', { mode: 0o644 });
    mkdirSync(`${directory}/folder`);
    const failure = async (program: string, place: Partial<ProgramPlace> = {}) =>
      run(program, [], place).then(
        () => 'none',
        (error: NodeJS.ErrnoException) => error.code,
      );
    expect(await failure('savepoint-no-such-program')).toBe('ENOENT');
    expect(await failure(`${directory}/nothing`)).toBe('ENOENT');
    expect(await failure(`${directory}/text`)).toBe('EACCES');
    expect(await failure('text', { environment: { PATH: directory } })).toBe('EACCES');
    expect(await failure('true', { directory: `${directory}/gone` })).toBe('ENOENT');
  });

  it('is one of many at once, and leaves nothing open', async () => {
    await shell('true');
    const before = readdirSync('/proc/self/fd').length;
    const numbers = [...Array(40).keys()];
    const codes = await Promise.all(numbers.map(async (number) => (await shell(`exit ${number}`)).exitCode));
    expect(codes).toEqual(numbers);
    await run('savepoint-no-such-program', []).catch(() => undefined);
    await waitFor(() => readdirSync('/proc/self/fd').length <= before, 'all pipes to be closed');
  });
});

it('a program is looked for in the directories of a path, in order', () => {
  const [one, two] = [createTemporaryDirectory(), createTemporaryDirectory()];
  writeFileSync(`${one}/both`, '', { mode: 0o644 });
  writeFileSync(`${two}/both`, '', { mode: 0o755 });
  expect(locateProgram('both', `${one}:${two}`)).toBe(`${two}/both`);
  expect(locateProgram('./both', one)).toBe('./both');
  expect(() => locateProgram('both', one)).toThrow('EACCES');
  expect(() => locateProgram('neither', `${one}:${two}`)).toThrow('ENOENT');
});

async function finish(program: StartedProgram) {
  const read = async (stream: Readable) => Buffer.concat(await stream.toArray()).toString();
  program.stdin.on('error', () => {});
  program.stdin.end();
  const [stdout, stderr] = await Promise.all([read(program.stdout), read(program.stderr)]);
  return { stdout, stderr, ...(await program.ended) };
}
