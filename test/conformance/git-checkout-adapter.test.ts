// The conformance suite of state adapters on the adapter among the examples, with real repositories.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StateAdapter } from 'savepoint';
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { describe, it } from 'vitest';

const { gitCheckoutAdapter } = (await import(
  new URL('../../examples/git-checkout-adapter.mjs', import.meta.url).href
)) as { gitCheckoutAdapter: StateAdapter };

async function openScene(): Promise<StateScene> {
  const repository = mkdtempSync(join(tmpdir(), 'savepoint-repository-'));
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const commit = (content: string) => {
    writeFileSync(join(repository, 'file'), content);
    git('add', '--all');
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.org', 'commit', '--message', content);
  };
  git('init', '--quiet', '--initial-branch', 'main');
  commit('first');
  let changes = 0;
  return {
    settings: { repositories: [repository] },
    async change() {
      changes++;
      git('checkout', '--quiet', '-B', `other-${changes}`);
      commit(`changed ${changes}`);
    },
    describe: async () =>
      [
        git('rev-parse', 'HEAD'),
        git('branch', '--show-current'),
        readFileSync(join(repository, 'file'), 'utf8'),
        git('status', '--short'),
      ].join('\n'),
    close: async () => rmSync(repository, { recursive: true }),
  };
}

describeStateAdapter({ describe, it }, gitCheckoutAdapter, openScene);
