// `savepoint save`: takes a recovery point of the paths named, and says what it holds and what it took.
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type AutomaticRetention,
  type Configuration,
  type ConfiguredSaveResult,
  type HealthReport,
  isSavepointError,
  type SavePathOptions,
  type SaveProgress,
  type Savepoint,
  SavepointError,
  type SaveResult,
} from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { configurationOf } from './configuration-option.js';
import { firstLine, pointDocument, shortId } from './describe-point.js';
import { encodeBytes } from './encode-bytes.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';
import { formatSeconds } from './format-time.js';
import type { Output } from './output.js';
import type { OptionValues } from './parse-arguments.js';
import { layOutTable } from './print-table.js';
import { reportUnreadXattrs } from './report-lacks.js';
import { reportProblems } from './report-problems.js';
import { spareMemory } from './spare-memory.js';
import { withSavepoint } from './with-savepoint.js';

export async function saveCommand(context: CommandContext): Promise<Outcome> {
  spareMemory();
  const { operands, options, output, interruption } = context;
  const settings = settingsOf(options);
  const configuration = operands.length === 0 ? await requireConfiguration(context) : undefined;
  if (configuration === undefined) checkOperands(context);
  const signal = interruption.listen();
  return withSavepoint(
    context,
    async (savepoint) => {
      if (savepoint.created) output.message(`savepoint: made a store in ${escapeName(savepoint.location)}`);
      const onProgress = await progressOf(savepoint, output);
      const components = options.all('component');
      const command = ['save', ...operands, ...components.flatMap((name) => ['--component', name])];
      const all = { ...settings, ...onProgress, command, signal };
      const result =
        configuration === undefined
          ? await savepoint.save(operands, all)
          : await savepoint.saveConfigured(configuration, {
              ...all,
              ...(components.length === 0 ? {} : { components }),
            });
      printResult(output, savepoint, result);
      reportUnreadXattrs(output, result);
      return result.problems.length === 0 ? 'done' : 'incomplete';
    },
    { create: true },
  );
}

/** Without paths, the configuration says what to save. */
async function requireConfiguration(context: CommandContext): Promise<Configuration> {
  const { options } = context;
  const misplaced = ['exclude', 'one-file-system'].find((name) => options.has(name));
  if (misplaced !== undefined) {
    throw usageError(`--${misplaced} goes with paths; for components, the configuration says it.`, {
      command: 'save',
    });
  }
  const configuration = await configurationOf(context);
  if (configuration !== undefined) return configuration;
  throw usageError('Name the paths to save, or write their components into a savepoint.yaml.', {
    command: 'save',
  });
}

function checkOperands({ operands, options }: CommandContext): void {
  const misplaced = ['component', 'config'].find((name) => options.has(name));
  if (misplaced === undefined) checkPaths(operands);
  else throw usageError(`--${misplaced} and paths exclude each other.`, { command: 'save' });
}

/** Before a store is made for what then can't be saved. */
function checkPaths(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      lstatSync(encodeBytes(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') continue;
      const absolute = resolve(path);
      throw new SavepointError('PATH_NOT_FOUND', `There is no ${absolute}; nothing was saved.`, {
        fields: { path: absolute },
      });
    }
  }
}

function settingsOf(options: OptionValues): SavePathOptions {
  const message = options.find('message');
  const name = options.find('name');
  return {
    ...(message === undefined ? {} : { message }),
    ...(name === undefined ? {} : { name }),
    tags: tagsOf(options.all('tag')),
    exclude: options.all('exclude'),
    oneFileSystem: options.has('one-file-system'),
    paranoid: options.has('paranoid'),
    pin: options.has('pin'),
  };
}

function tagsOf(texts: readonly string[]): Record<string, string> {
  const tags: [string, string][] = texts.map((text) => {
    const at = text.indexOf('=');
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw usageError(`'${text}' is no tag: give it as KEY=VALUE.`, { command: 'save' });
  });
  return Object.fromEntries(tags);
}

/** What a component held in the latest point is the best guess at what it holds now. */
async function progressOf(
  savepoint: Savepoint,
  output: Output,
): Promise<Pick<SavePathOptions, 'onProgress'>> {
  if (!output.showsProgress) return {};
  const expected = await bytesOfLatest(savepoint);
  return {
    onProgress: ({ component, files, bytes }: SaveProgress) =>
      output.progress({ doing: `Saving ${component}`, files, bytes, totalBytes: expected.get(component) }),
  };
}

async function bytesOfLatest(savepoint: Savepoint): Promise<ReadonlyMap<string, number>> {
  try {
    const { components } = await savepoint.show('latest');
    return new Map(components.map(({ name, bytes }) => [name, bytes]));
  } catch (error) {
    // Without a point that can be read there is no estimate, and saving goes on.
    if (isSavepointError(error)) return new Map();
    throw error;
  }
}

function printResult(
  output: Output,
  savepoint: Savepoint,
  result: SaveResult & Partial<ConfiguredSaveResult>,
): void {
  const { point, components, problems, newBytes, storedBytes, seconds } = result;
  const { retention, health, withoutXattrs } = result;
  if (output.json) {
    const { location: store, created } = savepoint;
    output.document({
      ...{ store, created, point: pointDocument(point), components },
      ...{ problems, newBytes, storedBytes, seconds },
      ...(withoutXattrs === undefined ? {} : { withoutXattrs }),
      ...(health === undefined ? {} : { health }),
      ...(retention === undefined ? {} : { retention }),
    });
    return;
  }
  const { style } = output;
  const rows = components.map((component) => [
    component.name,
    placeOf(component),
    formatCount(component.files),
    formatBytes(component.bytes),
    shortId(component.tree),
  ]);
  const header = ['COMPONENT', 'PATH', 'FILES', 'SIZE', 'TREE'].map(style.dim);
  output.report(
    `Saved point ${style.bold(point.name)}, id ${shortId(point.id)}: ${firstLine(point.message)}`,
    ...layOutTable([header, ...rows], { indent: '  ', right: [2, 3] }),
    `${countOf(point.files, 'file')}, ${formatBytes(point.bytes)}; new ${formatBytes(newBytes)}, stored in ${formatBytes(storedBytes)}; ${formatSeconds(seconds)}`,
  );
  const heading = `${countOf(problems.length, 'file')} could not be saved as they are; the point is marked incomplete:`;
  reportProblems(output, heading, problems);
  if (health !== undefined) reportHealth(output, health);
  if (retention !== undefined) reportRetention(output, retention);
}

/** Where a component's files are; of one that a state adapter has, its kind. */
function placeOf({ kind, origin }: SaveResult['components'][number]): string {
  return kind === 'files' || kind === 'config' ? escapeName(origin) : escapeName(kind);
}

/** A point of a system that is not well is worth having, and worth knowing of. */
function reportHealth(output: Output, { level, checks }: HealthReport): void {
  for (const { check, required, ok, reason } of checks) {
    if (ok) continue;
    const kind = required ? '' : ' (not required)';
    output.problem(`savepoint: ${escapeText(`${check}${kind} ${reason}`)}; the point is marked ${level}`);
  }
}

function reportRetention(output: Output, { removed, problem }: AutomaticRetention): void {
  if (removed.length > 0)
    output.message(
      `savepoint: removed ${countOf(removed.length, 'point')} that no rule of the configuration keeps: ${removed.map(escapeName).join(', ')}`,
    );
  if (problem !== undefined)
    output.problem(
      `savepoint: the point is made; old ones could not be removed: ${escapeText(problem.message)}`,
    );
}
