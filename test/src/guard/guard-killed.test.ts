// A guarded change whose processes are killed, one by one or all at once, in every state; and machines that restart.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../fixtures/wait-for.js';
import { CLI } from '../cli/command-workspace.js';
import { createGuardedTree, type GuardedTree, hang, untilState } from './guarded-tree.js';

let tree: GuardedTree;
beforeEach(() => {
  tree = createGuardedTree();
});

const kill = (pid: number) => process.kill(pid, 'SIGKILL');

async function runsUntilBegun(flags: readonly string[] = []) {
  const { script, begun } = hang(tree, tree.update);
  const started = tree.start(flags, script);
  await begun();
  return started;
}

async function onTrial(confirm: string) {
  const started = tree.start(['--confirm', confirm], tree.update);
  await untilState(tree, 'trial');
  return started;
}

/** Without a restart, the kernel gives another boot id here. */
function afterRestart(...words: string[]): string {
  const file = join(tree.directory, 'boot id');
  writeFileSync(file, '01234567-89ab-cdef-0123-456789abcdef\n');
  const script = `mount --bind '${file}' /proc/sys/kernel/random/boot_id && exec "$@"`;
  const args = ['-m', 'sh', '-euc', script, 'sh', process.execPath, CLI, '--store', tree.store, ...words];
  return execFileSync('unshare', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('a guarded change', () => {
  it('goes back where the guard is killed while the command runs, which is ended', async () => {
    const { pid } = await runsUntilBegun();
    kill(pid);
    await untilState(tree, 'reverted');
    tree.expectAsBefore();
    const { operations } = await tree.json('log');
    expect(operations.at(-1)).toMatchObject({ kind: 'guard', outcome: 'reverted' });
    expect(operations.at(-1).quarantined).toBeUndefined();
  });

  it('goes back where the guard, and all of its group, is killed while it waits for people', async () => {
    const { pid } = await onTrial('2s');
    kill(pid);
    await untilState(tree, 'reverted');
    tree.expectAsBefore();
  });

  it('is not touched by signals that end a session', async () => {
    const { pid } = await onTrial('60s');
    const watchdog = tree.watchdog();
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTSTP'] as const) process.kill(watchdog, signal);
    kill(pid);
    expect((await tree.run(['confirm'])).exitCode).toBe(0);
    tree.expectChanged();
  });

  it('gets a new watchdog where its own is killed', async () => {
    const { pid } = await runsUntilBegun();
    const first = tree.watchdog();
    kill(first);
    await waitFor(() => tree.watchdog() !== first, 'another watchdog');
    kill(pid);
    await untilState(tree, 'reverted');
    tree.expectAsBefore();
  });

  it('waits for recover where guard and watchdog are killed at once, and everything else refuses until then', async () => {
    for (const begin of [() => runsUntilBegun(), () => onTrial('60s')]) {
      const { pid, gone } = await begin();
      process.kill(pid, 'SIGSTOP');
      kill(tree.watchdog());
      kill(pid);
      await gone;
      const refused = [
        ['rollback', 'latest', '--yes'],
        ['restore', 'latest'],
        ['guard', ...tree.paths, '--', 'true'],
      ];
      for (const words of refused) {
        const { exitCode, stderr } = await tree.run(words);
        expect([exitCode, stderr]).toEqual([5, expect.stringContaining("Run 'savepoint recover' first")]);
      }
      const { exitCode, stdout } = await tree.run(['recover']);
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Took the guarded change')]);
      tree.expectAsBefore();
      expect((await tree.run(['recover'])).stdout).toContain('No operation was interrupted');
    }
  });

  it('that was only armed when it was killed is dropped', async () => {
    const { pid, gone } = await onTrial('60s');
    process.kill(pid, 'SIGSTOP');
    kill(tree.watchdog());
    kill(pid);
    await gone;
    // As if the process had been killed before it began.
    execFileSync('sh', ['-c', `rm '${tree.store}'/guard/*-state-*`]);
    expect((await tree.run(['recover'])).stdout).toContain('it had not begun');
    tree.expectChanged();
  });
});

describe('after a restart of the machine', () => {
  it('recover takes an unconfirmed change back', async () => {
    const { pid, gone } = await onTrial('60s');
    process.kill(pid, 'SIGSTOP');
    kill(tree.watchdog());
    kill(pid);
    await gone;
    expect(afterRestart('recover')).toContain('the machine was restarted before the change was confirmed');
    tree.expectAsBefore();
    const again = await tree.guard([], tree.update);
    expect([again.exitCode, again.stderr]).toEqual([5, expect.stringContaining('add --force')]);
  });

  it('one whose command still ran goes back, too', async () => {
    const { pid, gone } = await runsUntilBegun();
    process.kill(pid, 'SIGSTOP');
    kill(tree.watchdog());
    kill(pid);
    await gone;
    expect(JSON.parse(afterRestart('recover', '--json')).guard).toMatchObject({ state: 'reverted' });
    tree.expectAsBefore();
  });

  it('a confirmed one stays', async () => {
    await onTrial('60s');
    expect((await tree.run(['confirm'])).exitCode).toBe(0);
    expect(afterRestart('recover')).toContain('No operation was interrupted');
    tree.expectChanged();
  });
});
