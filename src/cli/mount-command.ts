// `savepoint mount` and `umount`.
import { unmount } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { escapeName, escapeText } from './escape-name.js';
import { withSavepoint } from './with-savepoint.js';

export async function mountCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const directory = operands.at(-1) as string;
  const point = operands.length > 1 ? operands[0] : undefined;
  const component = options.find('component');
  if (component !== undefined && point === undefined) {
    throw usageError('A component is one of a point: name the point, too.', { command: 'mount' });
  }
  const what = {
    ...(point === undefined ? {} : { point }),
    ...(component === undefined ? {} : { component }),
    allowOther: options.has('allow-other'),
  };
  return withSavepoint(context, async (savepoint) => {
    const say = (mounted: MountedOn) => printMounted(context, { store: savepoint.location, ...mounted });
    if (options.has('background')) {
      say(await savepoint.mountInBackground(directory, what));
      return 'done';
    }
    // A signal that comes before it is mounted has it unmounted at once.
    const signal = interruption.listen();
    const mounted = await savepoint.mount(directory, {
      ...what,
      onUnreadable: ({ path, problem }) =>
        output.problem(`savepoint: ${escapeName(path === '' ? '/' : path)}: ${escapeText(problem.message)}`),
    });
    if (!signal.aborted) {
      say({ ...mounted, processId: process.pid });
      output.passOn();
    }
    await Promise.race([mounted.ended, aborted(signal)]);
    for (const { name, pid } of await mounted.unmount())
      output.message(`savepoint: it was still in use by ${escapeName(name)} (${pid})`);
    return 'done';
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

interface MountedOn {
  readonly point: { readonly name: string; readonly id: string } | undefined;
  readonly directory: string;
  readonly processId: number;
}

function printMounted(
  { output, options }: CommandContext,
  { store, point, directory, processId }: MountedOn & { readonly store: string },
): void {
  if (output.json) {
    const named = point === undefined ? null : { name: point.name, id: point.id };
    output.document({ store, point: named, directory, processId });
    return;
  }
  const what = point === undefined ? 'all points' : `point ${output.style.bold(escapeName(point.name))}`;
  const end = options.has('background')
    ? `'savepoint umount ${escapeName(directory)}' unmounts it`
    : `Ctrl-C, or 'savepoint umount ${escapeName(directory)}', unmounts it`;
  output.report(`Mounted ${what} on ${escapeName(directory)}; ${end}`);
}

export async function unmountCommand({ operands, options, output }: CommandContext): Promise<Outcome> {
  const directory = await unmount(operands[0], { force: options.has('force') });
  if (output.json) output.document({ directory });
  else output.report(`Unmounted ${escapeName(directory)}`);
  return 'done';
}
