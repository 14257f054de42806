// A Debian system with the adapter of packages in it, and packages made for a test.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { StateProblem, StateStep } from '#adapters/state/state-adapter.js';
import { createDebianChroot, type DebianChroot } from '../../fixtures/debian-chroot.js';
import { NODE, PROJECT } from '../../fixtures/private-root.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const DRIVER = `${PROJECT}/test/adapters/packages/drive-packages.mjs`;
const TIMEOUT_MS = 120_000;

/** What the driver answers, as far as its commands have it. */
export interface DriverAnswer {
  readonly error?: { readonly code: string; readonly message: string };
  readonly steps: readonly StateStep[];
  readonly unrestorable: readonly { readonly object: string; readonly text: string }[];
  readonly problems: readonly StateProblem[];
  readonly done: readonly string[];
  /** Steps that are still to be done afterwards. */
  readonly left: readonly StateStep[];
  readonly asBefore: readonly string[];
  readonly level: string;
}

export interface PackageSystem extends DebianChroot {
  /** Runs a shell script, which has to succeed, and answers with what it prints. */
  script(text: string): Promise<string>;
  /** Runs a command of the driver. */
  drive(...words: string[]): Promise<DriverAnswer>;
  /** Captures as `name`, with an earlier one as what the last point has. */
  capture(name: string, before?: string): Promise<DriverAnswer>;
  /** Packages with versions and selections, marks, and what dpkg finds deviating: all that is to come back. */
  describe(): Promise<string>;
  /** Brings archives into /var/tmp. */
  bring(...files: string[]): void;
}

export function createPackageSystem(include: readonly string[] = []): PackageSystem {
  const directory = join(createTemporaryDirectory({ lifetime: 'file', inMemory: true }), 'system');
  const chroot = createDebianChroot(directory, { include });
  const script = async (text: string) => {
    const { exitCode, stdout, stderr } = await chroot.run(['sh', '-euc', text], { timeoutMs: TIMEOUT_MS });
    expect(exitCode, `${text}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const drive = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await chroot.run([NODE, DRIVER, ...words], {
      timeoutMs: TIMEOUT_MS,
    });
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout) as DriverAnswer;
  };
  return {
    ...chroot,
    ...{ script, drive },
    capture: (name, before) => drive('capture', ...[name, before].flatMap((each) => each ?? [])),
    describe: () =>
      script(`
        dpkg-query --show --showformat='\${Package} \${Architecture} \${Version} \${Status}\\n\${Conffiles}\\n'
        apt-mark showauto | sed 's/^/auto /'
        dpkg --verify demo || true
        dpkg --audit
        dpkg --print-foreign-architectures
      `),
    bring(...files) {
      for (const file of files) copyFileSync(file, join(chroot.root, 'var/tmp', basename(file)));
    },
  };
}

export interface MadePackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  /** Adds to the tree that is packed what has no content. */
  readonly shape?: (root: string) => void;
}

/** Builds a package, and answers with its file. Files below /etc are configuration files, those below /usr/bin programs. */
export function makePackage({
  name,
  version,
  depends,
  files = {},
  scripts = {},
  shape,
}: MadePackage): string {
  const directory = createTemporaryDirectory({ lifetime: 'file' });
  const root = join(directory, 'root');
  const write = (path: string, content: string, mode = '644') => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    runTool('chmod', [mode, join(root, path)]);
  };
  const fields = [
    ...[`Package: ${name}`, `Version: ${version}`, 'Architecture: all', 'Installed-Size: 8'],
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    ...['Maintainer: Nobody <nobody@example.org>', 'Description: a package of a test', ''],
  ];
  write('DEBIAN/control', fields.join('\n'));
  for (const [path, content] of Object.entries(files)) {
    write(path, content, path.startsWith('/usr/bin/') ? '755' : '644');
  }
  const conffiles = Object.keys(files).filter((path) => path.startsWith('/etc/'));
  if (conffiles.length > 0) write('DEBIAN/conffiles', `${conffiles.join('\n')}\n`);
  const hashed = Object.keys(files).filter((path) => !path.startsWith('/etc/'));
  const sums = hashed.map(
    (path) =>
      runTool('md5sum', [join(root, path)])
        .toString()
        .slice(0, 34) + path.slice(1),
  );
  write('DEBIAN/md5sums', sums.map((line) => `${line}\n`).join(''));
  for (const [script, text] of Object.entries(scripts))
    write(`DEBIAN/${script}`, `#!/bin/sh\n${text}\n`, '755');
  shape?.(root);
  const file = join(directory, `${name}_${version.replace(':', '%3a')}_all.deb`);
  runTool('dpkg-deb', ['--build', '--root-owner-group', root, file]);
  return file;
}

export function readIn({ root }: DebianChroot, path: string): string | undefined {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
