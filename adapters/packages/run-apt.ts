// Runs apt-get and dpkg by settings of our own: without a network, without sources, hooks and questions, with the files of
// configuration as they are on the disk. What the host has below /etc/apt does not count.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProgramResult, runProgram } from '../system/run-program.js';

/** Maintainer scripts may take their time; one that hangs is ended at last. */
const TIMEOUT_MS = 30 * 60_000;

/**
 * `confold`: what is on the disk stays; `overwrite`: a file may go back to the package that it was moved from, which is
 * unpacked in the same run, before or after the one that has it now.
 */
const DPKG_OPTIONS = ['--force-confold', '--force-overwrite'];

export const APT_FLAGS = [
  ...['--yes', '--quiet', '--fix-broken', '--no-install-recommends'],
  ...['--allow-downgrades', '--allow-remove-essential', '--allow-change-held-packages'],
];

export interface PackageRunner {
  aptGet(args: readonly string[]): Promise<ProgramResult>;
  aptMark(args: readonly string[]): Promise<ProgramResult>;
  dpkg(args: readonly string[], input?: string): Promise<ProgramResult>;
}

/** `directory` is for what apt writes; `architectures` are those of the packages, the machine's own first. */
export function createRunner(options: {
  readonly directory: string;
  readonly architectures: readonly string[];
  readonly signal?: AbortSignal | undefined;
}): PackageRunner {
  const settings = join(options.directory, 'apt.conf');
  for (const name of ['empty', 'lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(options.directory, name), { recursive: true });
  }
  writeFileSync(settings, aptSettings(options.directory, options.architectures));
  const environment = {
    ...{ APT_CONFIG: settings, DEBIAN_FRONTEND: 'noninteractive', DEBIAN_PRIORITY: 'critical' },
    ...{ UCF_FORCE_CONFFOLD: '1', APT_LISTCHANGES_FRONTEND: 'none', NEEDRESTART_SUSPEND: '1' },
  };
  const limits = { timeoutMs: TIMEOUT_MS, signal: options.signal };
  return {
    aptGet: (args) => runProgram('apt-get', args, { environment, ...limits }),
    aptMark: (args) => runProgram('apt-mark', args, { environment, ...limits }),
    dpkg: (args, input) => runProgram('dpkg', [...DPKG_OPTIONS, ...args], { environment, ...limits, input }),
  };
}

/** What went wrong, in the words of the program: the end of them. */
export function lastWords({ stderr, stdout, timedOut, exitCode, isMissing }: ProgramResult): string {
  if (isMissing) return 'there is no such program here';
  const output = stderr === '' ? stdout.toString('utf8') : stderr;
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('W:'));
  const ended = timedOut ? 'it took more than 30 minutes' : `exit code ${exitCode ?? '(killed)'}`;
  return [ended, ...lines.slice(-MOST_LINES).map((line) => line.trim())].join('; ');
}

const MOST_LINES = 12;

function aptSettings(directory: string, architectures: readonly string[]): string {
  const quoted = (path: string) => JSON.stringify(join(directory, path));
  return `Dir::Etc::main "/dev/null";
Dir::Etc::parts ${quoted('empty')};
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts ${quoted('empty')};
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts ${quoted('empty')};
Dir::State::lists ${quoted('lists')};
Dir::Cache ${quoted('cache')};
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Architectures { ${architectures.map((each) => `${JSON.stringify(each)};`).join(' ')} };
APT::Sandbox::User "root";
APT::Get::AutomaticRemove "false";
APT::Color "false";
Dpkg::Use-Pty "false";
Dpkg::Options { ${DPKG_OPTIONS.map((each) => `${JSON.stringify(each)};`).join(' ')} };
DPkg::Lock::Timeout "600";
Acquire::AllowInsecureRepositories "false";
`;
}
