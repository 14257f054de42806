// Points that were not made in this store, but came by a bundle or from git, may bring commands of whoever made them. What a point
// records is only run where the operation log has it as made here, or somebody says that it may be.
import { isDeepStrictEqual } from 'node:util';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import { type Configuration, isFileComponent } from '../configuration/configuration.js';
import type { ComponentRecord } from '../point-record.js';
import type { Point } from '../points.js';
import type { Session } from '../session.js';
import type { Target } from './rollback-target.js';

/** What a rollback would do on the word of the point alone. */
export interface BroughtCommands {
  readonly component: string;
  /** In words. */
  readonly commands: readonly string[];
}

/** Throws UNTRUSTED where the point came from elsewhere and brings commands. */
export async function requireTrusted(
  session: Session,
  target: Pick<Target, 'point' | 'selected'>,
  configuration: Configuration | undefined,
): Promise<void> {
  const brought = await findBrought(session, target, configuration);
  if (brought.length === 0) return;
  const { point } = target;
  const what = brought.map(describeBrought).join('; ');
  throw new SavepointError(
    'UNTRUSTED',
    `The point ${point.name} was not made in this store, and says itself what is to be run: ${what}. Nothing was changed. Add --trust if you trust whoever made it, or configure these components yourself.`,
    { fields: { point: point.name, brought } },
  );
}

export function describeBrought({ component, commands }: BroughtCommands): string {
  return `${component}: ${commands.join(', ')}`;
}

/** None where the point was made here. What the configuration says of a component is what holds for it. */
export async function findBrought(
  session: Session,
  { point, selected }: Pick<Target, 'point' | 'selected'>,
  configuration: Configuration | undefined,
): Promise<BroughtCommands[]> {
  const brought = selected
    .map(({ record }) => ({ component: record.name, commands: commandsOf(record, configuration) }))
    .filter(({ commands }) => commands.length > 0);
  return brought.length === 0 || (await isMadeHere(session, point)) ? [] : brought;
}

function commandsOf(record: ComponentRecord, configuration: Configuration | undefined): string[] {
  const says = configuration?.components.find(({ name }) => name === record.name);
  const { validate = [], reload = [], settings, kind } = record;
  const own = says === undefined || isFileComponent(says) ? undefined : says.settings;
  return [
    ...(says === undefined ? validate.map((command) => `'${command}'`) : []),
    ...(says === undefined ? reload.map((unit) => `systemctl reload ${unit}`) : []),
    ...(settings === undefined || isDeepStrictEqual(settings, own)
      ? []
      : [`what ${kind} does by its settings`]),
  ];
}

/** By the operation log, which nobody but this store's own operations adds to. One that can't be read tells of nothing. */
async function isMadeHere(session: Session, { id }: Point): Promise<boolean> {
  try {
    const entries = await openOperationLog(session.store).read();
    return entries.some(
      ({ kind, before, after }) => before?.id === id || (kind === 'save' && after?.id === id),
    );
  } catch (error) {
    if (isSavepointError(error, 'LOG_CORRUPT')) return false;
    throw error;
  }
}
