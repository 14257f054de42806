// A booted machine in which units are captured and rolled back by `drive.mjs`, with the words that tests need.
import { join } from 'node:path';
import { createDebianChroot, type DebianChroot } from '../../fixtures/debian-chroot.js';
import { NODE, PROJECT } from '../../fixtures/private-root.js';
import { type SystemdMachine, startSystemdMachine } from '../../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

export interface Rollback {
  readonly plan: {
    readonly steps: readonly { readonly object: string; readonly do: string; readonly text: string }[];
    readonly unrestorable: readonly { readonly object: string; readonly text: string }[];
  };
  readonly files: readonly string[];
  readonly problems: readonly { readonly object: string; readonly code: string; readonly message: string }[];
  readonly done: readonly string[];
  readonly left?: readonly unknown[];
}

export interface DriveInput {
  readonly settings: { readonly units: readonly string[]; readonly [setting: string]: unknown };
  readonly [option: string]: unknown;
}

export const DRIVE = `${PROJECT}/test/adapters/systemd/drive.mjs`;

export class DrivenMachine {
  private constructor(
    readonly chroot: DebianChroot,
    private machine: SystemdMachine,
  ) {}

  static async boot(include: readonly string[]): Promise<DrivenMachine> {
    const directory = createTemporaryDirectory({ lifetime: 'file', inMemory: true });
    const chroot = createDebianChroot(join(directory, 'root'), { include });
    return new DrivenMachine(chroot, await startSystemdMachine(chroot.root, { lifetime: 'file' }));
  }

  async bootAgain(): Promise<void> {
    await this.machine.kill();
    this.machine = await startSystemdMachine(this.chroot.root, { lifetime: 'file' });
  }

  async drive<T>(command: string, input: DriveInput): Promise<T> {
    return JSON.parse(await this.succeed([NODE, DRIVE, command, JSON.stringify(input)])) as T;
  }

  save(input: DriveInput): Promise<{ readonly paths: readonly string[] }> {
    return this.drive('save', { name: 'point', ...input });
  }

  rollback(input: DriveInput): Promise<Rollback> {
    return this.drive('rollback', { name: 'point', ...input });
  }

  /** Writes unit files below /etc/systemd/system, with a service that sleeps where only its name is given, and has them read. */
  async write(units: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(units))
      this.chroot.write(`/etc/systemd/system/${name}`, content);
    await this.systemctl('daemon-reload');
  }

  systemctl(...args: readonly string[]): Promise<string> {
    return this.succeed(['systemctl', ...args]);
  }

  async property(unit: string, name: string): Promise<string> {
    return (await this.systemctl('show', '--value', `--property=${name}`, unit)).trim();
  }

  async succeed(command: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.machine.run(command);
    if (exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${stderr}${stdout}`);
    return stdout;
  }
}

/** A service that runs until it is stopped. */
export function sleeper(unit = '', service = ''): string {
  return `[Unit]\n${unit}\n[Service]\nExecStart=/bin/sleep infinity\n${service}\n[Install]\nWantedBy=multi-user.target\n`;
}
