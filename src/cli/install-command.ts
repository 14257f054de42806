// `savepoint install` and `savepoint uninstall`: what a host needs to recover and to take points by itself, and away again.
import {
  type InstallOptions,
  type InstallResult,
  install,
  type ManagerProblem,
  parseDuration,
  type UninstallResult,
  uninstall,
} from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName, escapeText } from './escape-name.js';
import type { Output } from './output.js';
import type { OptionValues } from './parse-arguments.js';
import { layOutTable } from './print-table.js';

export async function installCommand({ options, output }: CommandContext): Promise<Outcome> {
  const result = await install(settingsOf(options));
  const { dryRun, files, links, started, warnings, problems } = result;
  if (output.json) {
    output.document({ ...result, files: dryRun ? files : files.map(({ path, did }) => ({ path, did })) });
    return problems.length === 0 ? 'done' : 'not-ready';
  }
  if (dryRun) printFiles(output, result);
  else {
    const rows = [...files, ...links].map(({ did, path }) => [did, escapeName(path)]);
    output.report(...layOutTable(rows), ...started.map((unit) => `started    ${unit}`), describe(result));
  }
  for (const warning of warnings) output.message(`savepoint: ${escapeText(warning)}`);
  return reportRefusals(output, problems);
}

export async function uninstallCommand({ options, output }: CommandContext): Promise<Outcome> {
  const dryRun = options.has('print');
  const result = await uninstall({ ...rootOf(options), dryRun, force: options.has('force') });
  const { removed, directories, stopped, kept, foreign, problems } = result;
  if (output.json) {
    output.document(result);
    return problems.length === 0 ? 'done' : 'not-ready';
  }
  const verb = dryRun ? 'would go' : 'removed';
  const rows = [
    ...stopped.map((unit) => ['stopped', unit]),
    ...[...removed, ...directories].map((path) => [verb, escapeName(path)]),
    ...kept.map((path) => ['kept', `${escapeName(path)}: it was edited`]),
    ...foreign.map((path) => ['kept', `${escapeName(path)}: 'savepoint install' did not write it`]),
  ];
  const show = dryRun ? output.result.bind(output) : output.report.bind(output);
  for (const line of layOutTable(rows)) show(line);
  output.report(describeRemoval(result));
  return reportRefusals(output, problems);
}

function settingsOf(options: OptionValues): InstallOptions {
  const [store, config, every] = ['store', 'config', 'every'].map((name) => options.find(name));
  return {
    ...rootOf(options),
    ...(store === undefined ? {} : { store }),
    ...(config === undefined ? {} : { config }),
    ...(every === undefined ? {} : { everyMs: parseDuration(every) }),
    timer: !options.has('no-timer'),
    watchdog: !options.has('no-watchdog'),
    apt: options.has('no-apt') ? 'none' : options.has('apt-optional') ? 'optional' : 'required',
    force: options.has('force'),
    dryRun: options.has('print'),
  };
}

function rootOf(options: OptionValues): { readonly root?: string } {
  const root = options.find('root');
  return root === undefined ? {} : { root };
}

/** Each file below a line that names it, and the links. */
function printFiles(output: Output, { files, links }: InstallResult): void {
  for (const { path, did, content } of files) {
    output.result(output.style.bold(`==> ${path} (${did === 'removed' ? 'removed' : `would be ${did}`})`));
    output.result(content ?? '');
  }
  for (const { path, target } of links) output.result(`${path} → ${target}`);
}

function describe({ files, links, managed, root }: InstallResult): string {
  const isNew = [...files, ...links].some(({ did }) => did !== 'unchanged');
  if (!isNew) return 'All of it was there already';
  if (managed) return 'Installed';
  return root === '/'
    ? 'Installed; systemd does not run here, so the units count from the next boot on'
    : `Installed in ${escapeName(root)}`;
}

function describeRemoval({ removed, dryRun, managed }: UninstallResult): string {
  if (removed.length === 0) return 'There is nothing to take away';
  if (dryRun) return 'Nothing has been changed.';
  return managed ? 'Uninstalled, and systemd told' : 'Uninstalled';
}

function reportRefusals(output: Output, problems: readonly ManagerProblem[]): Outcome {
  for (const { command, message } of problems) {
    output.problem(`savepoint: '${command}' failed: ${escapeText(message)}`);
  }
  if (problems.length === 0) return 'done';
  output.problem(
    'savepoint: the files are as they should be; see what systemd says, and repeat the command.',
  );
  return 'not-ready';
}
