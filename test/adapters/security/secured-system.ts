// A Debian system with a few accounts, for the adapter of security to be driven in: `anna` alone can log in and become root, by
// a key and by a password; `ben` has a key and is no administrator.
import { join } from 'node:path';
import type { StateHealth, StatePlan, StateProblem, StateStep } from '#adapters/state/state-adapter.js';
import { createDebianChroot, type DebianChroot } from '../../fixtures/debian-chroot.js';
import { SERVER } from '../../fixtures/debian-system.js';
import { NODE, PROJECT } from '../../fixtures/private-root.js';

export interface Captured {
  readonly documents: Readonly<Record<string, string>>;
  readonly problems: readonly StateProblem[];
  readonly paths: readonly string[];
}

export interface RolledBack {
  readonly plan: StatePlan;
  readonly problems: readonly StateProblem[];
  readonly done: readonly string[];
  readonly left: StatePlan;
}

export interface SecuredSystem {
  readonly chroot: DebianChroot;
  /** Runs a script of the shell in it; throws where that fails. */
  sh(script: string): Promise<string>;
  capture(options?: DriveOptions & { readonly previous?: string }): Promise<Captured>;
  rollBack(options?: DriveOptions): Promise<RolledBack>;
  /** What is wrong with the files as each of the scripts makes them; `null` is for no view of them. */
  check(stages: readonly (string | null)[], settings?: object): Promise<StateProblem[][]>;
  applySteps(steps: readonly StateStep[]): Promise<{ readonly problems: readonly StateProblem[] }>;
  /** The files of profiles of AppArmor, by the profiles that they declare. */
  profiles(): Promise<Readonly<Record<string, string>>>;
  health(settings?: object): Promise<StateHealth>;
  files(
    settings?: object,
  ): Promise<{ readonly paths: readonly string[]; readonly exclude: readonly string[] }>;
}

export interface DriveOptions {
  /** Of the state that is kept, or put back. */
  readonly name?: string;
  readonly settings?: object;
  readonly crash?: boolean;
  readonly putsFiles?: boolean;
  readonly dependencies?: readonly string[];
  /** A script that runs in the same namespaces, before. */
  readonly beside?: string;
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3xQb8m5Fq0v0c0c1v5o5vZ6i2yq1m1o8b1g0q1w2e3 key';
const ACCOUNTS = `
  useradd --create-home --shell /bin/bash --groups sudo anna
  useradd --create-home --shell /bin/bash ben
  echo anna:secret | chpasswd
  for user in anna ben; do
    mkdir --mode=700 /home/$user/.ssh
    echo '${KEY}' >/home/$user/.ssh/authorized_keys
    chmod 600 /home/$user/.ssh/authorized_keys
    chown --recursive $user:$user /home/$user
  done
`;

export async function createSecuredSystem(directory: string): Promise<SecuredSystem> {
  const chroot = createDebianChroot(join(directory, 'system'), { include: SERVER });
  const sh = async (script: string) => {
    const { exitCode, stdout, stderr } = await chroot.run(['sh', '-euc', script]);
    if (exitCode !== 0) throw new Error(`'${script}' failed: ${stdout}${stderr}`);
    return stdout;
  };
  await sh(ACCOUNTS);
  const drive = async <T>(request: object, beside = ''): Promise<T> => {
    const script = `${beside}\nexec ${NODE} ${PROJECT}/test/adapters/security/drive-security.mjs`;
    const { exitCode, stdout, stderr } = await chroot.run(['sh', '-euc', script], {
      input: JSON.stringify(request),
    });
    if (exitCode !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  };
  return {
    ...{ chroot, sh },
    capture: ({ beside, ...options } = {}) => drive({ do: 'capture', name: 'before', ...options }, beside),
    rollBack: ({ beside, ...options } = {}) => drive({ do: 'rollBack', name: 'before', ...options }, beside),
    check: async (stages, settings) =>
      (await drive<{ problems: StateProblem[][] }>({ do: 'check', stages, settings })).problems,
    applySteps: (steps) => drive({ do: 'applySteps', steps }),
    profiles: () => drive({ do: 'profiles' }),
    health: (settings) => drive({ do: 'health', settings }),
    files: (settings) => drive({ do: 'files', settings }),
  };
}
