// The conformance suite of state adapters on services that files of a real supervisord declare.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { describe, it } from 'vitest';
import { manifestAdapter } from '#adapters/manifest/manifest-adapter.js';
import { createSupervisorInstance, programSection } from '../adapters/manifest/supervisor-instance.js';
import { PATIENT } from './scene-results.js';

const SLEEPER = (name: string, seconds: number) => programSection(name, `/bin/sleep ${seconds}`);

const READER = fileURLToPath(new URL('./scenes/read-supervisor.mjs', import.meta.url));

async function openScene(): Promise<StateScene> {
  const supervisor = createSupervisorInstance();
  const socket = join(dirname(supervisor.programs), 'socket');
  const read = `'${process.execPath}' '${READER}' '${socket}'`;
  supervisor.put({ 'a.conf': SLEEPER('a', 1000), 'b.conf': SLEEPER('b', 1000) });
  supervisor.start();
  await supervisor.reach(['a', 'b'], 'RUNNING');
  let changes = 0;
  return {
    settings: { ...supervisor.settings, read },
    async change() {
      changes++;
      supervisor.put({ 'a.conf': SLEEPER('a', 2000 + changes), 'c.conf': SLEEPER('c', 1000) });
      supervisor.control('update');
      await supervisor.reach(['a', 'c'], 'RUNNING');
    },
    describe: async () =>
      `${JSON.stringify(supervisor.files())}\n${commandsOf(supervisor.control('status'))}`,
    close: () => supervisor.stop(),
  };
}

/** What runs, by its name and words. */
function commandsOf(status: string): string {
  return [...status.matchAll(/^(\S+)\s+RUNNING\s+pid (\d+)/gm)]
    .map(([, name, pid]) => `${name}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`)
    .join('\n');
}

describeStateAdapter(
  { describe, it: (name, test) => it(name, test, PATIENT.timeoutMs) },
  manifestAdapter,
  openScene,
);
