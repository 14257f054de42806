// `savepoint git import`: points of the tags of a git repository.
import type { GitImportResult, ImportedPoint } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName } from './escape-name.js';
import { countOf, formatBytes } from './format-bytes.js';
import type { Output } from './output.js';
import { withSavepoint } from './with-savepoint.js';

export async function gitImportCommand(context: CommandContext): Promise<Outcome> {
  const { operands, output, interruption } = context;
  const [path, ...tags] = operands;
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const result = await savepoint.git.import(path, {
      ...{ tags, signal, command: ['git', 'import', ...operands] },
      ...importOptions(context),
    });
    if (output.json) output.document({ store: savepoint.location, ...result });
    else printImported(output, result);
    return 'done';
  });
}

/** What every import may be told, and its progress. */
export function importOptions({ options, output }: CommandContext) {
  const given = (name: 'component' | 'origin' | 'prefix') => {
    const value = options.find(name);
    return value === undefined ? {} : { [name]: value };
  };
  const onProgress = ({ tag, bytes }: { readonly tag: string; readonly bytes: number }) =>
    output.progress({ doing: `Reading ${escapeName(tag)}`, bytes });
  return {
    ...given('component'),
    ...given('origin'),
    ...given('prefix'),
    ...(output.showsProgress ? { onProgress } : {}),
  };
}

/** What an import, from wherever, has to say. */
export function printImported(output: Output, result: Omit<GitImportResult, 'repository'>): void {
  const { points, unusable, submodules, newObjects, storedBytes } = result;
  for (const tag of unusable)
    output.message(`savepoint: the tag ${escapeName(tag)} is a single file: left out`);
  for (const path of submodules)
    output.message(
      `savepoint: ${escapeName(path)} is a submodule, whose files are not in this repository: left out`,
    );
  const news = points.filter(({ outcome }) => outcome !== 'present');
  const present = points.length - news.length;
  output.report(...news.map((point) => newsLine(point, output)));
  if (present > 0) output.report(`Has already, and keeps, ${countOf(present, 'point')}`);
  if (points.length === 0) output.report('The repository has no tags that points could be made of.');
  else if (news.length > 0)
    output.report(`New ${countOf(newObjects, 'object')}, stored in ${formatBytes(storedBytes)}`);
}

function newsLine({ name, id, tag, outcome }: ImportedPoint, { style }: Output): string {
  const text = outcome === 'added' ? 'Added point' : 'Brought back the removed point';
  const from = tag === name ? '' : `, of the tag ${escapeName(tag)}`;
  return `${text} ${style.bold(escapeName(name))}, id ${id.slice(0, 12)}${from}`;
}
