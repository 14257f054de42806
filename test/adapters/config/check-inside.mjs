// Stages the changes that it is told on its input, checks them as a rollback does, runs a command among them, and prints what was found.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkFiles } from '#adapters/config/check-files.js';
import { openStagedView } from '#adapters/system/staged-view.js';

const { directories = [], files, command } = JSON.parse(readFileSync(0, 'utf8'));
for (const directory of directories) mkdirSync(directory, { recursive: true });

const changes = files.map(({ path, content, target, mode }, at) => {
  const source = `/var/lib/staging/${at}`;
  mkdirSync(dirname(source), { recursive: true });
  if (target !== undefined) symlinkSync(target, source);
  else if (content !== undefined) writeFileSync(source, content, { mode: mode ?? 0o644 });
  else return { path, type: 'removed' };
  return { path, type: target === undefined ? 'file' : 'symlink', source };
});
const changed = files.map(({ path, content, before }) => ({
  path,
  ...(content === undefined ? {} : { content: async () => content }),
  ...(before === undefined ? {} : { before: async () => before }),
}));

const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
const view = await openStagedView(changes);
const checks = await checkFiles(view, changed);
const ran = command === undefined ? undefined : await view.run(command[0], command.slice(1));
await view.close();
const isUnmounted = mounts === readFileSync('/proc/self/mountinfo', 'utf8');
console.log(JSON.stringify({ ...checks, ran, isAvailable: view.isAvailable, isUnmounted }));
