// The conformance suite of state adapters, on the smallest one; and that it finds what is wrong with others.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StateAdapter } from 'savepoint';
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { describe, expect, it } from 'vitest';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { valueAdapter } from '../fixtures/value-adapter.js';

async function openScene(): Promise<StateScene> {
  const directory = join(createTemporaryDirectory(), 'values');
  mkdirSync(directory);
  writeFileSync(join(directory, 'a'), '1');
  writeFileSync(join(directory, 'b'), '2');
  let changes = 0;
  return {
    settings: { directory },
    async change() {
      changes++;
      writeFileSync(join(directory, 'a'), `changed ${changes}`);
      rmSync(join(directory, 'b'), { force: true });
      writeFileSync(join(directory, `new-${changes}`), 'new');
    },
    describe: async () =>
      readdirSync(directory)
        .sort()
        .map((name) => `${name}=${readFileSync(join(directory, name), 'utf8')}`)
        .join('\n'),
    close: async () => undefined,
  };
}

describeStateAdapter({ describe, it }, valueAdapter, openScene);

describe('the conformance suite', () => {
  /** What is wrong with an adapter, and the test that finds it. */
  const broken: Readonly<Record<string, readonly [found: RegExp, part: Partial<StateAdapter>]>> = {
    'documents that differ each time': [
      /^captures the same documents/,
      {
        async *capture(context) {
          yield* valueAdapter.capture(context);
          yield { path: 'state/time', content: Buffer.from(String(performance.now())) };
        },
      },
    ],
    'a path that leads out': [
      /^captures the same documents/,
      {
        async *capture() {
          yield { path: 'state/../outside', content: Buffer.from('') };
        },
      },
    ],
    'a change while it compares': [
      /^says what to do/,
      {
        async compare(comparison, context) {
          writeFileSync(join(String(context.settings['directory']), 'touched'), '');
          return valueAdapter.compare(comparison, context);
        },
      },
    ],
    'a change while it stages': [
      /^changes nothing while it stages/,
      {
        async stage(steps, context) {
          writeFileSync(join(String(context.settings['directory']), 'touched'), '');
          return valueAdapter.stage(steps, context);
        },
      },
    ],
    'data that is lost in the journal': [
      /^is put back/,
      {
        async stage(steps, context) {
          return new Map([['steps', await valueAdapter.stage(steps, context)]]) as never;
        },
      },
    ],
    'a watch that hears nothing': [/^tells of changes/, { watch: async () => ({ close: () => undefined }) }],
    'nothing that is done': [/^is put back/, { apply: async () => [] }],
    'work that can be done only once': [
      /^is brought to its end/,
      {
        async apply(prepared, context) {
          const directory = String(context.settings['directory']);
          writeFileSync(`${directory}.once`, '', { flag: 'wx' });
          return valueAdapter.apply(prepared, context);
        },
      },
    ],
  };

  for (const [name, [found, part]] of Object.entries(broken)) {
    it(`finds an adapter with ${name}`, async () => {
      const tests = new Map<string, () => Promise<void>>();
      const runner = {
        describe: (_: string, define: () => void) => define(),
        it: (title: string, test: () => Promise<void>) => tests.set(title, test),
      };
      describeStateAdapter(runner, { ...valueAdapter, ...part }, openScene);
      const [test] = [...tests].filter(([title]) => found.test(title)).map(([, body]) => body);
      await expect(test()).rejects.toThrow();
    });
  }
});
