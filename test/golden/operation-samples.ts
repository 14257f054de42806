// Fixed values of operations and guarded changes, for golden files.
import type { GuardBegin, GuardPhase } from '#src/guard/guard-record.js';
import type { BeginRecord, DecisionRecord, PlanRecord } from '#src/journal/journal-record.js';
import type { OperationEntry, OperationId } from '#store/operations/operation-entry.js';

const ID = '00112233445566778899aabbccddeeff' as OperationId;
const PROCESS = 'b007.4057.1234.42.99.0123456789abcdef';
const POINT = { name: 'before', id: 'ab'.repeat(32) };
const SAFETY = { name: 'safety-1', id: 'cd'.repeat(32) };
const WHO = { startedAt: '2026-11-26T06:53:31.344Z', user: 'root', host: 'web1' };
const DEADLINE = { bootId: '01234567-89ab-cdef-0123-456789abcdef', monotonicMs: 61_000, at: WHO.startedAt };

export const SAMPLE_ENTRY: OperationEntry = {
  ...{ number: 7, previous: '0'.repeat(64), id: ID, kind: 'guard', ...WHO, seconds: 1.5 },
  ...{ command: ['guard', 'apt-get', 'upgrade'], before: SAFETY, after: POINT, components: ['etc', 'é'] },
  ...{ undoes: 'ff'.repeat(16) as OperationId, outcome: 'reverted', fingerprint: 'ef'.repeat(32) },
  ...{ quarantined: true, message: 'the command ended with exit code 1' },
};

export const SAMPLE_BEGIN: BeginRecord = {
  ...{ id: ID, kind: 'rollback', process: PROCESS, ...WHO, command: ['rollback', 'before'] },
  ...{ components: ['etc'], target: POINT, fingerprint: 'ef'.repeat(32), madeRoots: ['/srv/app'] },
};

const STATE = { kind: 'kernel', settings: { sysctl: ['vm.*'] } };
const ROOT_TIME = { seconds: 1_700_000_000, nanoseconds: 5 };
const PLACE = { mount: '', staging: `.savepoint-change-${ID}-1`, rootTime: ROOT_TIME };

export const SAMPLE_PLAN: PlanRecord = {
  ...{ id: ID, attempt: 1, safety: SAFETY },
  components: [
    { name: 'etc', root: '/etc', places: [PLACE] },
    { name: 'kernel', root: '/', places: [], state: STATE },
  ],
};

const POLICY: DecisionRecord['components'][number]['policy'] = {
  ...{ onError: 'abort', validate: ['sshd -t'], swap: false, reload: ['ssh.service'], checkFormats: true },
  neverRevert: ['/etc/app.yaml#db.password'],
};

export const SAMPLE_DECISION: DecisionRecord = {
  ...{ id: ID, attempt: 1 },
  components: [
    {
      ...{ name: 'etc', root: '/etc', policy: POLICY, merged: { 'app.yaml': 'ab'.repeat(32) } },
      changes: [{ ...PLACE, steps: [{ do: 'put', path: 'app.yaml', staged: '0', inode: '2a' }] }],
    },
    {
      ...{ name: 'kernel', root: '/', policy: POLICY, changes: [] },
      state: {
        ...{ ...STATE, prepared: [{ name: 'vm.swappiness', value: '10' }], mustBeWell: true },
        steps: [{ object: 'sysctl vm.swappiness', text: 'set vm.swappiness from 60 to 10' }],
      },
    },
  ],
  refused: [{ component: 'web', path: '/etc/nginx/nginx.conf', code: 'VALIDATION_FAILED', message: 'no' }],
};

export const SAMPLE_GUARD: GuardBegin = {
  ...{ id: ID, number: 7, process: PROCESS, bootId: DEADLINE.bootId, ...WHO },
  ...{
    command: ['apt-get', 'upgrade'],
    components: ['etc'],
    categories: { etc: 'configuration' },
    point: POINT,
    fingerprint: 'ef'.repeat(32),
  },
  policy: {
    ...{ timeoutMs: 300_000, confirmMs: 60_000, watchMs: 5000, partial: true, priority: ['etc'] },
    triggers: [
      { rule: { on: 'failure', do: 'revert' } },
      {
        rule: { on: 'service', do: 'revert', units: ['nginx.service'], components: ['etc'] },
        baseline: { kind: 'service', units: { 'nginx.service': { active: 'active', restarts: 0 } } },
      },
      {
        rule: { on: 'critical-log', do: 'report', file: '/var/log/app.log' },
        baseline: {
          ...{ kind: 'log', file: '/var/log/app.log', patterns: ['FATAL'] },
          position: { inode: 12, offset: 345 },
        },
      },
      {
        rule: { on: 'corruption', do: 'revert', paths: ['/srv/data'], store: true },
        baseline: { kind: 'corruption', files: { '/srv/data/a': '12'.repeat(32) }, store: true },
      },
    ],
    health: [
      {
        probe: { kind: 'http', url: 'http://127.0.0.1/health' },
        ...{ required: true, intervalMs: 5000, timeoutMs: 10_000, healthyForMs: 30_000, deadlineMs: 60_000 },
      },
    ],
  },
};

export const SAMPLE_PHASES: Readonly<Record<string, GuardPhase>> = {
  running: { state: 'running', deadline: DEADLINE },
  trial: {
    ...{ state: 'trial', confirmBy: DEADLINE, confirmedBy: 'ada' },
    health: { level: 'healthy', checks: [{ check: 'file /ready', required: true, ok: true }] },
  },
  reverting: { state: 'reverting', trigger: 'timeout', reason: 'too late', components: ['etc'] },
  confirmed: { state: 'confirmed', confirmedBy: 'ada' },
  reverted: {
    ...{ state: 'reverted', trigger: 'timeout', reason: 'too late', rollback: ID, safety: SAFETY },
    stopped: ['sleep (42)'],
  },
};
