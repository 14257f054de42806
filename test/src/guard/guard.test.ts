// What becomes of a guarded change: it stays where all is well, and goes back, attribute for attribute, where it is not.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../fixtures/wait-for.js';
import { createGuardedTree, type GuardedTree, hang, untilState } from './guarded-tree.js';

let tree: GuardedTree;
beforeEach(() => {
  tree = createGuardedTree();
});

const isRunning = (pid: number) => existsSync(`/proc/${pid}`);

describe('a guarded change', () => {
  it('that succeeds stays, can be undone, and ends its watchdog', async () => {
    const { exitCode, stdout } = await tree.guard([], tree.update);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('The change stays')]);
    tree.expectChanged();
    await waitFor(() => !isRunning(tree.watchdog()), 'the watchdog to end');
    expect((await tree.run(['undo'])).exitCode).toBe(0);
    tree.expectAsBefore();
  });

  it('says before its command runs, and once, that a restart would not take it back by itself', async () => {
    const { stderr } = await tree.guard([], 'echo the command runs >&2');
    const [before, after] = stderr.split('the command runs');
    const warning =
      /savepoint: after a restart of the machine .* 'savepoint recover' is run: .*systemd.*--store /;
    expect(before).toMatch(warning);
    expect(after).not.toMatch(/restart/);
    const { stdout } = await tree.run(['--json', 'guard', ...tree.paths, '--', 'true']);
    const { bootRecovery } = JSON.parse(stdout);
    // Whatever is installed on this host, it is for another store.
    expect(bootRecovery.state).toMatch(/^(no-systemd|not-installed|other-store)$/);
    expect(bootRecovery.remedy).toContain(`--store ${tree.store}`);
  });

  it('whose command fails goes back, and what it had led to can be looked at and gone to', async () => {
    const { exitCode, stderr } = await tree.guard([], `${tree.update}; exit 3`);
    expect([exitCode, stderr]).toEqual([
      10,
      expect.stringContaining('taken back: the command ended with exit code 3'),
    ]);
    tree.expectAsBefore();
    const { operations } = await tree.json('log');
    expect(operations.at(-1)).toMatchObject({ kind: 'guard', outcome: 'reverted', quarantined: true });
    expect((await tree.run(['undo'])).exitCode).toBe(0);
    tree.expectChanged();
  });

  it('that takes too long goes back, after all that it has started has ended', async () => {
    const pids = join(tree.directory, 'pids');
    // One in the background, one in a session of its own, and one that does not want to end.
    const script = `${tree.update}; sleep 1000 & setsid sleep 1001 & trap '' TERM; ps -o pid= --ppid $$ > '${pids}'; while :; do sleep 1; done`;
    const { exitCode, stderr } = await tree.guard(['--timeout', '1s'], script);
    expect([exitCode, stderr]).toEqual([10, expect.stringContaining('the change was not done after 1 s')]);
    expect(stderr).toMatch(/ended .*sleep \(\d+\).*sleep \(\d+\)/);
    tree.expectAsBefore();
    expect(await tree.run(['status'])).toMatchObject({
      stdout: expect.stringContaining('Nothing has changed'),
    });
  });

  it('whose checks fail goes back once their time is over', async () => {
    const { exitCode, stderr } = await tree.guard(['--timeout', '1s', '--health', 'exit 4'], tree.update);
    expect([exitCode, stderr]).toEqual([
      10,
      expect.stringContaining("command 'exit 4' ended with exit code 4"),
    ]);
    tree.expectAsBefore();
  });

  it('whose checks come to hold stays', async () => {
    const file = join(tree.directory, 'is well');
    const check = `test -e '${file}'`;
    const started = tree.start(['--health', check], tree.update);
    await untilState(tree, 'trial');
    writeFileSync(file, '');
    expect(await started.ended).toMatchObject({ exitCode: 0 });
    tree.expectChanged();
  });

  it('that nobody confirms goes back', async () => {
    const { exitCode, stderr } = await tree.guard(['--confirm', '500ms'], tree.update);
    expect([exitCode, stderr]).toEqual([10, expect.stringContaining('nobody confirmed it in time')]);
    tree.expectAsBefore();
  });

  it('is confirmed from elsewhere, also after it was given more time', async () => {
    const started = tree.start(['--confirm', '60s'], tree.update);
    await untilState(tree, 'trial');
    const extended = await tree.run(['confirm', '--extend', '10m']);
    expect(extended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/another 1[01] min/) });
    expect(await tree.run(['confirm'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('The change stays'),
    });
    expect(await started.ended).toMatchObject({ exitCode: 0 });
    tree.expectChanged();
  });

  it('that waits for people alone can be left to them', async () => {
    const { exitCode } = await tree.guard(['--confirm', '60s', '--detach'], tree.update);
    expect([exitCode, tree.state()]).toEqual([30, 'trial']);
    expect((await tree.run(['confirm'])).exitCode).toBe(0);
    expect((await tree.run(['confirm'])).exitCode).toBe(3);
  });

  it('is called off while its command runs, and while it is on trial', async () => {
    const { script, begun } = hang(tree, tree.update);
    const started = tree.start([], script);
    await begun();
    expect((await tree.run(['cancel'])).exitCode).toBe(0);
    expect(await started.ended).toMatchObject({
      exitCode: 10,
      stderr: expect.stringContaining('called off by'),
    });
    tree.expectAsBefore();
    expect((await tree.guard(['--confirm', '60s', '--detach'], tree.update)).exitCode).toBe(30);
    expect((await tree.run(['cancel'])).exitCode).toBe(0);
    tree.expectAsBefore();
  });

  it('has a command that is there', async () => {
    const { exitCode, stderr } = await tree.run(['guard', ...tree.paths, '--', './no such program']);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("'./no such program' can't be started")]);
    expect(tree.state()).toBe('dropped');
    expect((await tree.run(['guard', '--', 'true'])).exitCode).toBe(2);
  });

  it('that was taken back is not made again on the same state, unless it is forced', async () => {
    const broken = `${tree.update}; test -e '${tree.directory}/mended'`;
    expect((await tree.guard([], broken)).exitCode).toBe(10);
    const again = await tree.guard([], broken);
    expect([again.exitCode, again.stderr]).toEqual([5, expect.stringContaining('add --force')]);
    tree.expectAsBefore();
    expect((await tree.guard(['--force'], broken)).exitCode).toBe(10);
    writeFileSync(join(tree.directory, 'mended'), '');
    expect((await tree.guard(['--force'], broken)).exitCode).toBe(0);
    expect((await tree.run(['undo'])).exitCode).toBe(0);
    // By now it is known to be good.
    expect((await tree.guard([], broken)).exitCode).toBe(0);
  });
});

describe('while a change is guarded', () => {
  it('nothing else changes what it would take back, and its point stays', async () => {
    expect((await tree.guard(['--confirm', '60s', '--detach'], tree.update)).exitCode).toBe(30);
    const refused = [
      ['guard', ...tree.paths, '--', 'true'],
      ['rollback', 'latest', '--yes'],
      ['undo'],
      ['restore', 'latest'],
      ['forget', 'latest'],
    ];
    for (const words of refused) {
      const { exitCode, stderr } = await tree.run(words);
      expect([words[0], exitCode, stderr]).toEqual([
        words[0],
        words[0] === 'undo' ? 3 : 5,
        expect.anything(),
      ]);
    }
    expect((await tree.run(['save', ...tree.roots])).exitCode).toBe(0);
    expect((await tree.run(['status'])).stdout).toMatch(/is guarded: on trial: waits .*, \d+ s left/);
    expect((await tree.json('status')).guard).toMatchObject({ state: 'trial', needsConfirmation: true });
    expect((await tree.run(['cancel'])).exitCode).toBe(0);
    tree.expectAsBefore();
  });
});
