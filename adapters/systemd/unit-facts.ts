// What systemd says of a unit, read from the properties that `systemctl show` prints. Properties that a kind of unit does not
// have are empty.

export interface UnitFacts {
  /** As it was asked for; `id` is another one where that is an alias. */
  readonly name: string;
  readonly id: string;
  /** loaded, not-found, masked, bad-setting, error. */
  readonly load: string;
  /** active, inactive, failed, activating, deactivating, reloading, … */
  readonly active: string;
  readonly sub: string;
  /** enabled, disabled, static, masked, …; empty where there is no file. */
  readonly unitFile: string;
  /** The number of what systemd has to do with it and has not done yet; 0 where there is nothing. */
  readonly job: number;
  /** A new one for each time that it was started. */
  readonly invocation: string;
  /** Of a service: simple, oneshot, notify, … */
  readonly type: string;
  readonly remainsAfterExit: boolean;
  /** Why it ended: success, exit-code, timeout, … */
  readonly result: string;
  /** How its last reload ended. */
  readonly reloadResult: string;
  /** Whether it was not started because a condition in its unit file is not met. */
  readonly conditionFailed: boolean;
  readonly exitStatus: number;
  readonly statusText: string;
  readonly mainPid: number;
  readonly restarts: number;
  readonly memoryBytes: number | undefined;
  readonly controlGroup: string;
  readonly killMode: string;
  readonly can: { readonly start: boolean; readonly stop: boolean; readonly reload: boolean };
  /** Whether its files are newer than what systemd has read. */
  readonly needsReload: boolean;
  readonly files: {
    readonly fragment: string;
    readonly source: string;
    readonly dropIns: readonly string[];
    /** Paths, or patterns of paths. */
    readonly environment: readonly string[];
  };
  readonly after: readonly string[];
  readonly triggeredBy: readonly string[];
  /** Whose starting starts it. */
  readonly wantedBy: readonly string[];
  /** What systemd stops when this is stopped, and what has to be stopped for this to start again. */
  readonly stoppedWith: readonly string[];
  readonly activeSince: string | undefined;
  readonly lastTrigger: string | undefined;
  readonly nextElapse: string | undefined;
}

/** Values of `active` that do not last. */
export const ON_THE_WAY: readonly string[] = ['activating', 'deactivating', 'reloading', 'refreshing'];
/** Those of a unit that is there, or on its way to that. */
export const UP: readonly string[] = ['active', 'activating', 'reloading', 'refreshing'];

const WANTED_BY = ['WantedBy', 'RequiredBy', 'UpheldBy'];
const STOPPED_WITH = ['RequiredBy', 'RequisiteOf', 'BoundBy', 'ConsistsOf', 'PropagatesStopTo'];

export const UNIT_PROPERTIES: readonly string[] = [
  ...['Id', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'Job', 'InvocationID', 'Type'],
  ...['RemainAfterExit', 'Result', 'ReloadResult', 'ConditionResult', 'ConditionTimestampMonotonic'],
  ...['ExecMainStatus', 'StatusText', 'MainPID', 'NRestarts'],
  ...['MemoryCurrent', 'ControlGroup', 'KillMode', 'CanStart', 'CanStop', 'CanReload', 'NeedDaemonReload'],
  ...['FragmentPath', 'SourcePath', 'DropInPaths', 'EnvironmentFiles', 'After', 'TriggeredBy'],
  ...['ActiveEnterTimestamp', 'LastTriggerUSec', 'NextElapseUSecRealtime'],
  ...new Set([...WANTED_BY, ...STOPPED_WITH, 'Triggers']),
];

/** What `systemctl show` printed of the units `names`, with times in UTC. */
export function parseUnits(names: readonly string[], text: string): UnitFacts[] {
  const blocks = text.split('\n\n').filter((block) => block.trim() !== '');
  return blocks.map((block, index) => parseUnit(names[index] ?? '', block));
}

function parseUnit(name: string, block: string): UnitFacts {
  const values = readValues(block);
  const value = (property: string) => values.get(property)?.[0] ?? '';
  const words = (property: string) => splitWords(value(property));
  const all = (properties: readonly string[]) => [...new Set(properties.flatMap(words))];
  const is = (property: string) => value(property) === 'yes';
  const memory = Number(value('MemoryCurrent') || Number.NaN);
  return {
    ...{ name, id: value('Id') || name, load: value('LoadState'), active: value('ActiveState') },
    ...{ sub: value('SubState'), unitFile: value('UnitFileState'), invocation: value('InvocationID') },
    job: Number(value('Job')),
    ...{ type: value('Type'), remainsAfterExit: is('RemainAfterExit') },
    ...{ result: value('Result'), reloadResult: value('ReloadResult') },
    conditionFailed: value('ConditionResult') === 'no' && Number(value('ConditionTimestampMonotonic')) > 0,
    ...{ exitStatus: Number(value('ExecMainStatus')), statusText: value('StatusText') },
    ...{ mainPid: Number(value('MainPID')), restarts: Number(value('NRestarts')) },
    // What is not measured is '[not set]', or the greatest of all numbers.
    memoryBytes: Number.isSafeInteger(memory) ? memory : undefined,
    ...{ controlGroup: value('ControlGroup'), killMode: value('KillMode') },
    can: { start: is('CanStart'), stop: is('CanStop'), reload: is('CanReload') },
    needsReload: is('NeedDaemonReload'),
    files: {
      ...{ fragment: value('FragmentPath'), source: value('SourcePath'), dropIns: words('DropInPaths') },
      environment: (values.get('EnvironmentFiles') ?? []).flatMap(environmentPath),
    },
    ...{ after: words('After'), triggeredBy: words('TriggeredBy') },
    wantedBy: all(WANTED_BY),
    // A socket is not started while the service that it is for runs.
    stoppedWith: all(name.endsWith('.socket') ? [...STOPPED_WITH, 'Triggers'] : STOPPED_WITH),
    activeSince: parseTime(value('ActiveEnterTimestamp')),
    lastTrigger: parseTime(value('LastTriggerUSec')),
    nextElapse: parseTime(value('NextElapseUSecRealtime')),
  };
}

function readValues(block: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of block.split('\n')) {
    const at = line.indexOf('=');
    if (at <= 0) continue;
    const property = line.slice(0, at);
    values.set(property, [...(values.get(property) ?? []), line.slice(at + 1)]);
  }
  return values;
}

/** Words, as systemctl quotes them: plain, or in double quotes or `$'…'` with backslashes. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:\$?'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^ "'])+/g) ?? [];
  return words.map((word) => {
    const quoted = /^\$?(["'])(.*)\1$/s.exec(word);
    return quoted === null ? word : quoted[2].replace(/\\(.)/gs, '$1');
  });
}

/** `/etc/default/app (ignore_errors=yes)` */
function environmentPath(line: string): string[] {
  const path = line.replace(/ \(ignore_errors=(yes|no)\)$/, '');
  return path.startsWith('/') ? [path] : [];
}

/** `Wed 2025-11-26 10:17:39 UTC` */
function parseTime(text: string): string | undefined {
  const found = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(text);
  return found === null ? undefined : `${found[1]}T${found[2]}Z`;
}
