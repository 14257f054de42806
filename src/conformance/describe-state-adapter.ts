// The conformance suite of state adapters: what every one has to do, sentence by sentence of its contract. It runs in any
// test runner that has `describe` and `it`, against the real state that a scene gives access to.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, StateAdapter } from '../composition.js';
import type { ConfiguredComponent, FileComponent } from '../configuration/configuration.js';
import { openSavepoint, type Savepoint } from '../savepoint.js';
import {
  COMPONENT,
  captureDocuments,
  planOf,
  sameBytes,
  throughJournal,
  withStaged,
} from './drive-state-adapter.js';

/** `describe` and `it`, as vitest, mocha, jest and node:test have them. */
export interface ConformanceRunner {
  describe(name: string, define: () => void): unknown;
  it(name: string, test: () => Promise<void>): unknown;
}

/** One place with real state of the adapter's kind, that nobody else changes. */
export interface StateScene {
  /** As the component's configuration has them. */
  readonly settings: JsonObject;
  /** Changes the state, in as many ways as the adapter knows; a second call may change it further. */
  change(): Promise<void>;
  /** All of the state that the adapter puts back, in words: equal for equal state. Not by way of the adapter. */
  describe(): Promise<string>;
  /** Tidies up. */
  close(): Promise<void>;
}

/** Defines the tests of an adapter; `openScene` is called anew for each of them. */
export function describeStateAdapter(
  runner: ConformanceRunner,
  adapter: StateAdapter,
  openScene: () => Promise<StateScene>,
): void {
  const test = (name: string, body: (scene: StateScene) => Promise<void>) =>
    runner.it(name, async () => {
      const scene = await openScene();
      try {
        await body(scene);
      } finally {
        await scene.close();
      }
    });
  runner.describe(`${adapter.kind} as a state adapter`, () => {
    for (const [name, body] of Object.entries(SINGLE_CALLS)) test(name, (scene) => body(adapter, scene));
    if (!adapter.supports.restore) return;
    for (const [name, body] of Object.entries(WHOLE_OPERATIONS)) {
      test(name, (scene) => withSavepoint(adapter, scene, body));
    }
  });
}

const SINGLE_CALLS: Readonly<Record<string, (adapter: StateAdapter, scene: StateScene) => Promise<void>>> = {
  async 'says what it is'({ kind, version, category }) {
    assert.match(kind, /^[a-z][a-z0-9-]*$/);
    assert.ok(Number.isInteger(version) && version >= 1, 'the version is a number from 1 on');
    assert.notEqual(category, '');
  },

  async 'captures the same documents from the same state, and changes nothing by it'(adapter, scene) {
    const before = await scene.describe();
    const first = await captureDocuments(adapter, scene.settings);
    assert.deepEqual(first.problems, []);
    const second = await captureDocuments(adapter, scene.settings, { before: first });
    const isState = (path: string) => path.startsWith('state/');
    const paths = [...first.documents.keys()].filter(isState);
    assert.deepEqual([...second.documents.keys()].filter(isState).sort(), [...paths].sort());
    for (const path of paths)
      assert.ok(sameBytes(first.documents.get(path), second.documents.get(path)), `${path} is the same`);
    assert.equal(await scene.describe(), before);
  },

  async 'has nothing to do where nothing differs'(adapter, scene) {
    const from = await captureDocuments(adapter, scene.settings);
    const to = await captureDocuments(adapter, scene.settings, { before: from });
    assert.deepEqual((await planOf(adapter, scene.settings, { from, to })).steps, []);
  },

  async 'says what to do as plain data, in words for people, and changes nothing by it'(adapter, scene) {
    const to = await captureDocuments(adapter, scene.settings);
    await scene.change();
    const from = await captureDocuments(adapter, scene.settings);
    const before = await scene.describe();
    const plan = await planOf(adapter, scene.settings, { from, to });
    assert.deepEqual(throughJournal(plan), plan);
    for (const { object, do: verb, text } of plan.steps) {
      assert.ok(
        object !== '' && /^\S+$/.test(verb) && text !== '',
        `${object}: object, verb and text are there`,
      );
    }
    const identities = plan.steps.map((step) => `${step.do} ${step.object}`);
    assert.equal(new Set(identities).size, identities.length, 'each step is told from all others');
    assert.equal(await scene.describe(), before);
  },

  async 'changes nothing while it stages, and leaves nothing behind'(adapter, scene) {
    const to = await captureDocuments(adapter, scene.settings);
    await scene.change();
    const from = await captureDocuments(adapter, scene.settings);
    const before = await scene.describe();
    const plan = await planOf(adapter, scene.settings, { from, to });
    await withStaged(adapter, scene.settings, { plan, states: { from, to }, work: async () => undefined });
    assert.equal(await scene.describe(), before);
    // To take away what is gone already does no harm.
    await withStaged(adapter, scene.settings, {
      ...{ plan, states: { from, to } },
      work: async (_, context) => adapter.discard?.(context),
    });
    assert.equal(await scene.describe(), before);
  },

  'tells of changes, where it watches': hears,
};

/** How long a watch may take to hear of a change. */
const HEARD_MS = 10_000;

async function hears(adapter: StateAdapter, scene: StateScene): Promise<void> {
  if (adapter.watch === undefined) return;
  let heard = () => {};
  const first = new Promise<void>((resolve) => (heard = resolve));
  const watch = await adapter.watch({ component: COMPONENT, settings: scene.settings }, () => heard());
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const late = new Error(`no change was told within ${HEARD_MS / 1000} s`);
    timer = setTimeout(() => reject(late), HEARD_MS);
  });
  try {
    await scene.change();
    await Promise.race([first, tooLate]);
  } finally {
    clearTimeout(timer);
    watch.close();
  }
}

interface Means {
  readonly scene: StateScene;
  readonly savepoint: Savepoint;
  /** Takes a point of the state, and of a directory that depends on it, whose validator `validate` is. */
  save(name: string, validate?: string): Promise<void>;
  /** Has the next call of `apply` end like a process that is killed, at its first step or at its end. */
  crashNext(): void;
}

type Operation = (means: Means) => Promise<void>;

const WHOLE_OPERATIONS: Readonly<Record<string, Operation>> = {
  async 'is put back by a rollback, undone and redone'({ scene, savepoint, save }) {
    await save('first');
    const original = await scene.describe();
    await scene.change();
    const changed = await scene.describe();
    assert.notEqual(changed, original, 'the scene changes the state');
    const { outcome, problems, message } = await savepoint.rollback('first', { withData: true });
    assert.equal(outcome, 'done', `${message}: ${JSON.stringify(problems)}`);
    assert.equal(await scene.describe(), original);
    assert.equal((await savepoint.undo()).outcome, 'done');
    assert.equal(await scene.describe(), changed);
    assert.equal((await savepoint.redo()).outcome, 'done');
    assert.equal(await scene.describe(), original);
  },

  async 'stays as it is in a dry run'({ scene, savepoint, save }) {
    await save('first');
    await scene.change();
    const changed = await scene.describe();
    await savepoint.rollback('first', { withData: true, dryRun: true });
    assert.equal(await scene.describe(), changed);
  },

  async 'goes back with all others where one of these is not sound'({ scene, savepoint, save }) {
    await save('first', 'false');
    await scene.change();
    const changed = await scene.describe();
    const { outcome } = await savepoint.rollback('first', { withData: true });
    assert.equal(outcome, 'reverted');
    assert.equal(await scene.describe(), changed);
  },

  async 'is brought to its end after a crash'({ scene, savepoint, save, crashNext }) {
    await save('first');
    const original = await scene.describe();
    await scene.change();
    crashNext();
    await assert.rejects(savepoint.rollback('first', { withData: true }), CRASH);
    const { did, carried } = await savepoint.recover();
    assert.equal(did, 'finished');
    assert.equal(carried?.outcome, 'done', `${carried?.message}: ${JSON.stringify(carried?.problems)}`);
    assert.equal(await scene.describe(), original);
  },

  async 'is left as it is by a rollback that is stopped before it is decided'({ scene, savepoint, save }) {
    await save('first');
    await scene.change();
    const changed = await scene.describe();
    const controller = new AbortController();
    const onProgress = ({ phase }: { readonly phase: string }) => {
      if (phase === 'deciding') controller.abort();
    };
    const { signal } = controller;
    await assert.rejects(savepoint.rollback('first', { withData: true, signal, onProgress }), {
      code: 'ABORTED',
    });
    assert.equal(await scene.describe(), changed);
  },
};

const CRASH = /^Error: the process is gone$/;

async function withSavepoint(adapter: StateAdapter, scene: StateScene, work: Operation): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-'));
  const crash = { isDue: false };
  const store = join(directory, 'store');
  const savepoint = await openSavepoint({ store, create: true, adapters: [crashing(adapter, crash)] });
  const file = join(directory, 'file');
  writeFileSync(file, 'content');
  const save = async (name: string, validate?: string) => {
    const components = componentsOf(adapter, scene, { path: file, validate });
    await savepoint.saveConfigured({ ...CONFIGURATION, components }, { name });
  };
  try {
    await work({ scene, savepoint, save, crashNext: () => (crash.isDue = true) });
  } finally {
    await savepoint.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An adapter that, when it is due, does all that it has to do and then is gone before anybody knows. */
function crashing(adapter: StateAdapter, crash: { isDue: boolean }): StateAdapter {
  return {
    ...adapter,
    async apply(prepared, context) {
      const problems = await adapter.apply(prepared, context);
      if (!crash.isDue) return problems;
      crash.isDue = false;
      throw new Error('the process is gone');
    },
  };
}

const COMMON = { critical: true, onError: 'abort' } as const;

function componentsOf(
  adapter: StateAdapter,
  scene: StateScene,
  file: { readonly path: string; readonly validate: string | undefined },
): ConfiguredComponent[] {
  const category = adapter.category as ConfiguredComponent['category'];
  const state = { ...COMMON, name: COMPONENT, kind: adapter.kind, category, after: [], validate: [] };
  const dependant: FileComponent = {
    ...{ ...COMMON, name: 'dependant', kind: 'files', category: 'filesystem', after: [COMPONENT] },
    ...{ paths: [file.path], exclude: [], swap: false, oneFileSystem: false, neverRevert: [], reload: [] },
    ...{ checkFormats: false, validate: file.validate === undefined ? [] : [file.validate] },
  };
  return [{ ...state, settings: scene.settings }, dependant];
}

const CONFIGURATION = {
  ...{ file: 'conformance', adapters: [] },
  retention: {
    ...{ keepLast: 10, keepPerComponent: 0, keepHours: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 },
    keepTags: [],
  },
  guard: {
    ...{ timeoutMs: 300_000, watchMs: 5000, triggers: [], partial: false, rollbacksPerHour: 2 },
    ...{ backOffMs: 60_000, priority: [], health: [] },
  },
} as const;
