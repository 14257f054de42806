// The texts of the units, from plain values: recovery at boot, the watchdog, and the timer that takes points. A unit that
// fails never keeps the host from booting, as targets want the units and do not require them.
import {
  RECOVER_SERVICE,
  SAVE_SERVICE,
  SAVE_TIMER,
  type UnitPlace,
  unitPath,
  WATCHDOG_SERVICE,
} from './installed-paths.js';
import { saveSchedule } from './save-schedule.js';
import { commandLine, conditionPath, pathList } from './unit-words.js';

export interface UnitOptions {
  /** The words that run the program: absolute paths. */
  readonly program: readonly string[];
  readonly store: string;
  /** Only recovery can do without one. */
  readonly configuration?: string;
  /** What has to be mounted before the program can work with its store. */
  readonly mounts: readonly string[];
  /** What has to be mounted besides before anything is recovered: the components. */
  readonly componentMounts: readonly string[];
  readonly watchdog: boolean;
  /** How often points are taken, in milliseconds; not at all where it is missing. */
  readonly everyMs?: number;
}

/** A file and what is in it, below its marks. */
export interface PlannedFile {
  readonly path: string;
  readonly body: string;
}

const RECOVER_TIMEOUT = '15min';
/** An incomplete point is a point. */
const INCOMPLETE = 6;

export function unitFiles(options: UnitOptions): PlannedFile[] {
  const { watchdog, everyMs } = options;
  return [
    file(RECOVER_SERVICE, recoverService(options)),
    ...(watchdog ? [file(WATCHDOG_SERVICE, watchdogService(options))] : []),
    ...(everyMs === undefined
      ? []
      : [file(SAVE_SERVICE, saveService(options)), file(SAVE_TIMER, saveTimer(everyMs))]),
  ];
}

type Section = readonly [name: string, ...lines: string[]];

function file({ name }: UnitPlace, sections: readonly Section[]): PlannedFile {
  const texts = sections.map(([title, ...lines]) => [`[${title}]`, ...lines, ''].join('\n'));
  return { path: unitPath(name), body: texts.join('\n') };
}

/**
 * Runs when local file systems are mounted and nothing else has begun: so it does without the default dependencies, which
 * would put it behind sysinit.target. It stays active, so that no later start of that target repeats it.
 */
function recoverService(options: UnitOptions): Section[] {
  const { program, store, mounts, componentMounts } = options;
  return [
    [
      'Unit',
      'Description=Savepoint: finish or drop the rollback that a crash interrupted',
      'DefaultDependencies=no',
      'After=local-fs.target systemd-remount-fs.service',
      'Before=sysinit.target systemd-tmpfiles-setup.service network-pre.target shutdown.target',
      'Wants=network-pre.target',
      'Conflicts=shutdown.target',
      `RequiresMountsFor=${pathList([...mounts, ...componentMounts])}`,
      `ConditionPathExists=${conditionPath(`${store}/store.json`)}`,
      // What needs a database's server waits until that runs.
      'StartLimitIntervalSec=15min',
      'StartLimitBurst=60',
    ],
    [
      'Service',
      'Type=oneshot',
      'RemainAfterExit=yes',
      'Restart=on-failure',
      'RestartSec=10s',
      `ExecStart=${commandLine([...program, '--store', store, 'recover'])}`,
      `TimeoutStartSec=${RECOVER_TIMEOUT}`,
      'StandardOutput=journal',
      'StandardError=journal+console',
    ],
    ['Install', `WantedBy=${RECOVER_SERVICE.wantedBy}`],
  ];
}

function watchdogService(options: UnitOptions): Section[] {
  return [
    [
      'Unit',
      'Description=Savepoint: watch over changes, and take them back where they fail',
      `After=${RECOVER_SERVICE.name}`,
      mountsOf(options),
      'StartLimitIntervalSec=10min',
      'StartLimitBurst=5',
    ],
    [
      'Service',
      'Type=exec',
      `ExecStart=${commandLine([...commandOf(options), 'watchdog'])}`,
      'Restart=on-failure',
      'RestartSec=5s',
    ],
    ['Install', `WantedBy=${WATCHDOG_SERVICE.wantedBy}`],
  ];
}

function saveService(options: UnitOptions): Section[] {
  return [
    [
      'Unit',
      'Description=Savepoint: take a recovery point',
      `After=${RECOVER_SERVICE.name}`,
      mountsOf(options),
    ],
    [
      'Service',
      'Type=oneshot',
      `ExecStart=${commandLine([...commandOf(options), 'save', '-m', 'automatic point'])}`,
      `SuccessExitStatus=${INCOMPLETE}`,
      'Nice=19',
      'IOSchedulingClass=idle',
    ],
  ];
}

function saveTimer(everyMs: number): Section[] {
  return [
    ['Unit', 'Description=Savepoint: take recovery points'],
    ['Timer', ...saveSchedule(everyMs)],
    ['Install', `WantedBy=${SAVE_TIMER.wantedBy}`],
  ];
}

function commandOf({ program, store, configuration }: UnitOptions): string[] {
  return [...program, '--store', store, ...(configuration === undefined ? [] : ['--config', configuration])];
}

function mountsOf({ mounts }: UnitOptions): string {
  return `RequiresMountsFor=${pathList(mounts)}`;
}
