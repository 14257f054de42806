// Says of configuration that is going to be put in place what is wrong with it: by the programs that read it, in a view of the
// host in which it stands already, and by the rules of its format.
import type { StagedView, StateProblem } from '../state/state-adapter.js';
import { type ConfigContent, isStrictFormat, openConfigText, readConfigText } from './config-file.js';
import type { ParseProblem } from './config-format.js';
import { findFormat } from './find-format.js';
import { type Command, VALIDATORS, type Validator } from './validators.js';

export interface ChangedFile {
  /** Absolute. */
  readonly path: string;
  /** What it is going to hold; missing where it is going to be no file. */
  readonly content?: () => Promise<ConfigContent>;
  /** What it holds now, if it is a file. */
  readonly before?: () => Promise<ConfigContent>;
}

/** Paths that a program would judge and could not. */
export interface NotChecked {
  readonly program: string;
  readonly paths: readonly string[];
  /**
   * `missing`: it is not installed; `no-view`: it can't be shown what is staged; `unusable`: it can't judge here, be it that it
   * was not to be run, took too long or lacks what it needs besides its configuration.
   */
  readonly reason: 'missing' | 'no-view' | 'unusable';
}

export interface FileChecks {
  readonly problems: readonly StateProblem[];
  /** Nothing is known of these; it is no failure. */
  readonly notChecked: readonly NotChecked[];
}

/** Runs each program that is responsible once, and reads files of formats with strict rules. */
export async function checkFiles(view: StagedView, changed: readonly ChangedFile[]): Promise<FileChecks> {
  const problems: StateProblem[] = [];
  const notChecked: NotChecked[] = [];
  for (const file of changed) problems.push(...(await checkFormat(file)));
  for (const validator of VALIDATORS) {
    const files = changed.filter(({ path }) => validator.paths.test(path));
    if (files.length === 0) continue;
    const verdict = await runValidator(view, validator, files);
    problems.push(...verdict.problems);
    if (verdict.reason !== undefined) {
      const paths = files.map(({ path }) => path);
      notChecked.push({ program: validator.program, paths, reason: verdict.reason });
    }
  }
  return { problems, notChecked };
}

interface Verdict {
  readonly problems: readonly StateProblem[];
  /** Why there is none. */
  readonly reason?: NotChecked['reason'];
}

/** What nsenter(1) and env(1) end with where a program is not there, or can't be run. */
const NO_PROGRAM = 127;
const NO_RUN = 126;

async function runValidator(
  view: StagedView,
  validator: Validator,
  files: readonly ChangedFile[],
): Promise<Verdict> {
  const all = files.map(({ path }) => path);
  const present = files.filter(({ content }) => content !== undefined).map(({ path }) => path);
  const problems: StateProblem[] = [];
  for (const command of validator.commands({ all, present })) {
    const [program, ...args] = command;
    const result = await view.run(program, args);
    if (result === undefined) return { problems, reason: 'no-view' };
    if (result.exitCode === 0) continue;
    if (result.exitCode === NO_PROGRAM) return { problems, reason: 'missing' };
    if (
      result.exitCode === undefined ||
      result.exitCode === NO_RUN ||
      !(await hasWhatItNeeds(view, validator))
    ) {
      return { problems, reason: 'unusable' };
    }
    problems.push(refusal(all, command, { exitCode: result.exitCode, output: result.output }));
  }
  return { problems };
}

async function hasWhatItNeeds(view: StagedView, { needs = [] }: Validator): Promise<boolean> {
  for (const [program, ...args] of needs) {
    if ((await view.run(program, args))?.exitCode === 0) return true;
  }
  return needs.length === 0;
}

const MOST_OUTPUT_CHARACTERS = 4000;

function refusal(
  paths: readonly string[],
  command: Command,
  { exitCode, output }: { exitCode: number; output: string },
): StateProblem {
  const said = output === '' ? 'it says nothing' : output.slice(-MOST_OUTPUT_CHARACTERS);
  const others = paths.length === 1 ? '' : ` (and ${paths.length - 1} more that changes with it)`;
  return {
    object: paths[0],
    code: 'VALIDATION_FAILED',
    message:
      `would not be valid${others}: '${command.join(' ')}' ended with exit code ${exitCode}: ${said}. ` +
      'Roll back what it refers to as well, or choose another recovery point.',
  };
}

/** What a template language writes. */
const TEMPLATE = /\{\{|\{%|<%/;

async function checkFormat({ path, content, before }: ChangedFile): Promise<StateProblem[]> {
  const choice = content === undefined ? undefined : findFormat(path);
  if (content === undefined || choice === undefined || !isStrictFormat(choice)) return [];
  const fault = await findFault(path, await content(), await before?.());
  if (fault === undefined) return [];
  const { line, column, message } = fault;
  return [
    {
      object: path,
      code: 'VALIDATION_FAILED',
      message:
        `would not parse: ${path}:${line}:${column}: ${message}. ` +
        'Choose another recovery point, or leave the file out and mend it by hand.',
    },
  ];
}

/** Empty, or what the real file is made of later. */
function isNoneYet(text: string): boolean {
  return text.trim() === '' || TEMPLATE.test(text);
}

/** What is against the rules of a strict format; nothing where the file that is there now breaks them, too. */
async function findFault(
  path: string,
  after: ConfigContent,
  before: ConfigContent | undefined,
): Promise<ParseProblem | undefined> {
  const young = await openConfigText(path, after);
  const old = before === undefined ? undefined : await openConfigText(path, before);
  if (young === undefined || isNoneYet(young.text)) return undefined;
  const fault = (file: NonNullable<typeof young>, isStrict: boolean) => {
    const { problem } = readConfigText(file, isStrict);
    return problem?.kind === 'syntax' ? problem : undefined;
  };
  if (old !== undefined && fault(old, false) !== undefined) return undefined;
  // A file without comments may have a reader that knows none.
  const isStrict = old !== undefined && fault(old, true) === undefined;
  return fault(young, isStrict);
}
