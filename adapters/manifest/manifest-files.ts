// Reads a component's files that can declare services, by one run of the host's own tools: of the live host, or of a view
// of it in which other files stand in their places.
import { basename, dirname, normalize } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { StagedView } from '../state/state-adapter.js';
import { programError, runProgram } from '../system/run-program.js';

export interface ManifestFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

export type RunInView = StagedView['run'];

/**
 * Prints path and content of each file in a line, in base64, as both can be any bytes. Symbolic links to files are read;
 * those to directories are not followed.
 */
const SCRIPT = `
set -e
for path do
  shift
  if [ -e "$path" ]; then set -- "$@" "$path"; fi
done
[ $# -gt 0 ] || exit 0
export LC_ALL=C
exec find -H "$@" -xtype f -size -4097k \\
  \\( -name '*.yaml' -o -name '*.yml' -o -name '*.json' -o -name '*.conf' -o -name '*.ini' \\) \\
  ! -path '*/node_modules/*' ! -path '*/.git/*' -exec sh -c '
    for file do
      printf "%s " "$(printf "%s" "$file" | base64 -w 0)"
      base64 -w 0 "$file"
      echo
    done' sh {} +
`;
const LINE = /^([A-Za-z0-9+/]+=*) ([A-Za-z0-9+/]*=*)$/;

/** In the order of their paths; `undefined` where there is no such view. Throws STATE_UNREADABLE where one can't be read. */
export async function readManifestFiles(
  paths: readonly string[],
  run: RunInView,
): Promise<ManifestFile[] | undefined> {
  const result = await run('/bin/sh', ['-c', SCRIPT, 'sh', ...paths]);
  if (result === undefined) return undefined;
  const lines = result.output.split('\n').filter((line) => line !== '');
  const matches = lines.map((line) => LINE.exec(line));
  if (result.exitCode !== 0 || matches.includes(null)) {
    const said = lines.filter((_, index) => matches[index] === null).join('\n');
    throw new SavepointError(
      'STATE_UNREADABLE',
      `The files below ${paths.join(', ')} can't be read: ${said}. Make them readable and repeat.`,
      { fields: { paths, output: said } },
    );
  }
  // A file can be below two of the paths.
  const texts = new Map(matches.map((match) => [normalize(decode(match?.[1])), decode(match?.[2])]));
  const files = [...texts].map(([path, text]) => ({ path, text }));
  return withoutTemplates(files).sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Of the host as it is. */
export const runOnHost: RunInView = async (program, args) => {
  const result = await runProgram(program, args);
  if (result.isMissing || result.timedOut) throw programError(program, args, result);
  return { exitCode: result.exitCode, output: `${result.stdout.toString('utf8')}${result.stderr}` };
};

/** Templates of a Helm chart are no YAML before Helm has filled them in. */
function withoutTemplates(files: readonly ManifestFile[]): ManifestFile[] {
  const charts = files.filter(({ path }) => basename(path) === 'Chart.yaml');
  const templates = charts.map(({ path }) => `${dirname(path)}/templates/`);
  return files.filter(({ path }) => !templates.some((directory) => path.startsWith(directory)));
}

function decode(text = ''): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
