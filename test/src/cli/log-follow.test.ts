// `savepoint log --follow` in a process of its own, beside one that rolls back a few thousand files.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSavepoint } from '#src/savepoint.js';
import type { OperationId, OperationOutcome } from '#store/operations/operation-entry.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { holdRollback, killRollback } from '../../fixtures/rollback-process.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { CLI, createWorkspace, type JsonDocument } from './command-workspace.js';
import { onTerminal, SCRIPT } from './on-terminal.js';

const FILES = 3000;

let tree: SavedTree;
let store: string;
beforeEach(async () => {
  tree = await createSavedTree();
  store = tree.session.location;
});

function fill(content: string): void {
  for (let number = 0; number < FILES; number++) {
    const folder = join(tree.root, String(number % 20));
    if (number < 20) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${number}`), `${content} ${number}\n`);
  }
}

/** A follower that can be watched while it runs. */
function startFollower(...args: string[]) {
  const child = spawn(process.execPath, [CLI, '--store', store, 'log', '--follow', ...args]);
  const said = { stdout: '', stderr: '' };
  let onSaid = () => {};
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text;
      onSaid();
    });
  }
  const ended = new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, ...said })),
  );
  /** Resolves when it has said `text`. */
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      onSaid = () => {
        if (`${said.stdout}${said.stderr}`.includes(text)) resolve();
      };
      void ended.then(() => reject(new Error(`It never said '${text}', but ${JSON.stringify(said)}`)));
      onSaid();
    });
  return { ended, says };
}

function parse(stdout: string): JsonDocument[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a follower', () => {
  beforeEach(async () => {
    fill('as it was');
    await tree.save('point');
    fill('changed');
  });

  it('that waits for a rollback hears of it as it goes on, and of its outcome', async () => {
    const follower = startFollower('--json');
    await follower.says('waiting for the next one');
    const rollback = holdRollback(store, { point: 'point', phase: 'applying' });
    await follower.says('"phase":"applying"');
    rollback.release();
    expect(await rollback.ended).toMatchObject({ exitCode: 0, stdout: 'done\n' });
    const { exitCode, stdout } = await follower.ended;
    expect(exitCode).toBe(0);
    const events = parse(stdout);
    const outcome = events.pop();
    expect(outcome).toMatchObject({ kind: 'outcome', operation: { kind: 'rollback', outcome: 'done' } });
    expect(new Set(events.map(({ operation }) => operation))).toEqual(new Set([outcome.operation.id]));
    const percents = events.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((left, right) => left - right));
    expect(events.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(['preflight', 'safety-point', 'staging', 'applying', 'verifying', 'ended']),
    );
    expect(events.find(({ phase }) => phase === 'staging')).toMatchObject({ totalFiles: FILES });
  });

  it('that comes late hears all from the beginning, by the start of an id too', async () => {
    const rollback = holdRollback(store, { point: 'point', phase: 'verifying' });
    const early = startFollower('--json');
    await early.says('"phase":"verifying"');
    const savepoint = await openSavepoint({ store });
    const first = (await savepoint.follow().next()).value as JsonDocument;
    await savepoint.close();
    const late = startFollower(first.operation.slice(0, 10));
    await late.says('Verifying');
    rollback.release();
    const { exitCode, stdout } = await late.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^[\d-]{10} [\d:]{8} {2}0 % {2}Looking ahead\n/);
    expect(stdout).toMatch(/\n.* {2}\d+ % {2}Staging {2}0 of 3,000 files {2}0 B of /);
    expect(stdout).toMatch(/100 % {2}Ended\nOperation 2 \([0-9a-f]+\), rollback from .* to point: done; /);
    expect((await early.ended).exitCode).toBe(0);
  });

  it('of one that is killed says what is needed, and ends with exit code 5', async () => {
    const rollback = holdRollback(store, { point: 'point', phase: 'applying' });
    const follower = startFollower('--json');
    await follower.says('"phase":"applying"');
    rollback.kill();
    const { exitCode, stdout } = await follower.ended;
    expect(exitCode).toBe(5);
    expect(parse(stdout).at(-1)).toMatchObject({
      error: { code: 'RECOVERY_NEEDED', message: expect.stringContaining('savepoint recover') },
    });
    expect((await startFollower().ended).exitCode).toBe(5);
  });
});

describe('log --follow', () => {
  beforeEach(async () => {
    tree.write('file', 'as it was');
    await tree.save('point');
    tree.write('file', 'changed');
  });

  it('refuses an operation that nobody knows, and one that is named without it', async () => {
    const unknown = await startFollower('17', '--json').ended;
    expect(unknown.exitCode).toBe(3);
    expect(parse(unknown.stdout)).toMatchObject([
      { error: { code: 'OPERATION_NOT_FOUND', operation: '17' } },
    ]);
    const workspace = createWorkspace();
    await workspace.run(['init']);
    expect(await workspace.json('log', '1')).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('ends with the exit code of the outcome', async () => {
    const log = openOperationLog(tree.session.store);
    const [saved] = await log.read();
    const codes = { done: 0, incomplete: 6, failed: 1, reverted: 10, inconsistent: 20 };
    for (const [index, outcome] of (Object.keys(codes) as OperationOutcome[]).entries()) {
      const id = String(index).repeat(32) as OperationId;
      const { number } = await log.append({ ...saved, id, kind: 'rollback', outcome });
      const { exitCode, stdout } = await startFollower(String(number)).ended;
      expect([outcome, exitCode]).toEqual([outcome, codes[outcome]]);
      expect(stdout).toContain(`: ${outcome}; `);
    }
  });

  it('follows a recovery', async () => {
    killRollback(store, { point: 'point', phase: 'applying' });
    const savepoint = await openSavepoint({ store });
    const { operation } = await savepoint.recover();
    await savepoint.close();
    const { exitCode, stdout } = await startFollower(operation as string, '--json').ended;
    expect(exitCode).toBe(0);
    const phases = parse(stdout).map(({ phase }) => phase);
    expect(phases[0]).toBe('applying');
    expect(phases).not.toContain('staging');
  });

  it.skipIf(!existsSync(SCRIPT))('draws a bar on a terminal', async () => {
    await tree.session.close();
    const savepoint = await openSavepoint({ store });
    await savepoint.rollback('point');
    await savepoint.close();
    const shown = await onTerminal({ store, directory: tree.directory }, ['log', '--follow', '2']);
    expect(shown).toMatch(/\r\[-{20}\] 0 % {2}Looking ahead\x1b\[K/);
    expect(shown).toMatch(/\r\x1b\[KOperation 2 \(.*\), rollback from .* to point: done; /);
    const plain = await onTerminal({ store, directory: tree.directory }, ['log', '-f', '2', '--no-progress']);
    expect(plain).toMatch(/0 % {2}Looking ahead\n/);
  });
});
