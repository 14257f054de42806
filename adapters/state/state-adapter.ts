// The contract of state adapters: each captures, compares and puts back one kind of state of a host. An adapter never
// touches the store: it hands out documents and gets them back, and all that it keeps across a crash is plain data.

import type { JsonObject, JsonValue } from './json-value.js';
import type { RowSource } from './read-rows.js';
import type { SegmentEntry } from './row-cutter.js';
import type { StateContext, StateReader } from './state-reader.js';
import type { StateTables } from './state-tables.js';

export type { JsonObject, JsonValue, RowSource, SegmentEntry, StateContext, StateReader };

/**
 * One object of the state, such as a unit or a kernel setting. `path` is relative, of names that are neither empty, nor '.'
 * or '..', and begins with `state/` for what can be put back, or with `observed/` for what is only recorded: counters and
 * the like. Unchanged state has the same documents, byte for byte, as far as it stands below `state/`.
 */
export interface StateDocument {
  readonly path: string;
  /** What it says; `file` is the absolute path of a file with a large content, which stays as it is until the capture is over. */
  readonly content: Uint8Array | { readonly file: string };
}

/**
 * Rows of a table, one a line and in a stable order, as a program writes them. They are cut where their content says so, into
 * documents below the path that are named for their first rows: so changed rows change but the documents that they are in.
 */
export interface RowsDocument {
  readonly path: string;
  readonly content: {
    readonly rows: RowSource;
    /** About how many bytes are expected. */
    readonly expectedBytes: number;
    /** Hears, once, of the documents in the order of their rows, and what the program said behind them. */
    readonly onRead: (read: { readonly segments: readonly SegmentEntry[]; readonly said: string }) => void;
    /** Hears, once, why there are none. */
    readonly onFailure: (error: unknown) => void;
  };
}

/** In place of a document, or of all documents below a path: they are as in the last point that has the component. */
export interface UnchangedDocuments {
  readonly path: string;
  readonly content: 'as-before';
}

export type CapturedDocument = StateDocument | UnchangedDocuments | RowsDocument;

/** Something that went wrong with one object. */
export interface StateProblem {
  /** As the steps name it. */
  readonly object: string;
  /** A stable code, such as STATE_REFUSED. */
  readonly code: string;
  /** What happened, and what to do about it: the rest of a sentence that begins with component and object. */
  readonly message: string;
}

/** One thing to do: plain data, to be shown and to be carried out. */
export interface StateStep {
  /** What it is about, in words that tell it from all others of the component: `unit nginx.service`. */
  readonly object: string;
  /** In one word: set, start, stop, enable, install, remove, … */
  readonly do: string;
  /** For people: `set vm.swappiness from 60 to 10`. */
  readonly text: string;
  /** What the adapter needs to do it. */
  readonly data?: JsonValue;
}

export interface StatePlan {
  /** In the order in which they are done. */
  readonly steps: readonly StateStep[];
  /** What differs and can't be put back, with the reason. */
  readonly unrestorable: readonly Pick<StateStep, 'object' | 'text'>[];
  /** What else somebody should know before it is done, in sentences: what would be lost, and the like. */
  readonly notes?: readonly string[];
}

/** Real files of the host that belong to the component. Savepoint captures them and puts them back itself. */
export interface FileSelection {
  /** Absolute paths of files and directories, be they there or not. Those of recorded points are looked at as well. */
  readonly paths: readonly string[];
  /** Patterns as the setting `exclude` of files has them. */
  readonly exclude?: readonly string[];
}

/** Two states of the component, and what else changes with it. */
export interface StateComparison {
  readonly from: StateReader;
  readonly to: StateReader;
  /** The paths of documents that differ, in order. */
  readonly changed: readonly string[];
  /** The absolute paths of the component's own files that are created, replaced, re-attributed or removed. */
  readonly files: readonly string[];
  /** The names of the components that this one depends on and that change, directly or further up. */
  readonly dependencies: readonly string[];
}

export interface CaptureContext extends StateContext {
  /** The documents of the last point that has the component, if any: for what is costly to read again. */
  previous(): Promise<StateReader | undefined>;
  /** An empty directory for files on their way into the store; it is removed when the capture is over. */
  scratch(): string;
  /** Says of an object that it could not be captured: the point is then incomplete. */
  report(problem: StateProblem): void;
}

/** What is prepared or done is done for one attempt of one operation, that both have a name for. */
export interface AttemptContext extends StateContext {
  /** Equal for all calls of one attempt, different for any other: fit for the name of a database or a directory. */
  readonly attempt: string;
  /** The attempt of the same operation that this one takes back; missing for the first. */
  readonly takesBack?: string;
  /** A directory of this attempt, on a disk that survives a restart. It is made when it is first asked for, and removed in the end. */
  staging(): string;
}

export interface StageContext extends AttemptContext {
  readonly from: StateReader;
  readonly to: StateReader;
}

export interface ApplyContext extends AttemptContext {
  /** Says that a step is done, for the progress display. */
  done(step: Pick<StateStep, 'object'>): void;
}

/** The component's files as they are going to be, before anything is decided. */
export interface StagedView {
  /**
   * Runs a program in a view of the host in which everything that was staged stands in its place. `undefined` where such a
   * view can't be had here: then nothing can be said before the files are in place.
   */
  run(
    program: string,
    args: readonly string[],
  ): Promise<{ readonly exitCode: number | undefined; readonly output: string } | undefined>;
}

/** Of which instant something was captured. */
export interface StateInstant {
  /** As the steps name it: `database app`. */
  readonly object: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** In the engine's own count: a position of its log, a number of changes, … */
  readonly position: string;
}

export type HealthWord = 'unknown' | 'healthy' | 'degraded' | 'unhealthy' | 'critical';

export interface StateHealth {
  readonly level: HealthWord;
  /** What keeps it from being healthy. */
  readonly problems: readonly StateProblem[];
}

/**
 * One kind of state. All functions may be called again after a crash, by another process, with the same plain data; none
 * keeps anything in memory between calls. They throw SavepointError where nothing can be done at all, and answer with
 * problems where single objects fail.
 */
export interface StateAdapter {
  /** The word for it in the configuration. */
  readonly kind: string;
  /** Of its documents. A point of a higher version than the adapter's is refused. */
  readonly version: number;
  /** Where the configuration says nothing else. */
  readonly category: string;
  /** Whether what it captures can be put back; one that can't is for looking at and comparing. */
  readonly supports: {
    readonly restore: boolean;
    /**
     * Whether others go on writing while it is in use, as in a database: no writing of theirs stops a rollback, and afterwards
     * `verify` alone says what is wrong.
     */
    readonly moves?: boolean;
  };
  /** `crash`: as after a power cut; `application`: what is captured is of one instant. */
  readonly consistency?: 'crash' | 'application';

  /** The component's real files, if it has any. Reads at most what it takes to name them. */
  files?(context: StateContext): Promise<FileSelection>;

  /** Reads the state. Throws where it can't be read at all; objects that can't are reported. */
  capture(context: CaptureContext): AsyncIterable<CapturedDocument>;

  /** What turns `from` into `to`. Changes nothing. No steps where nothing below `state/` differs and nothing else changes. */
  compare(comparison: StateComparison, context: StateContext): Promise<StatePlan>;

  /**
   * Makes sure, as far as can be without changing anything that is in use, that the steps can be done, and makes ready what
   * they need. Throws where they can't. What it answers is all that `stop` and `apply` are given.
   */
  stage(steps: readonly StateStep[], context: StageContext): Promise<JsonValue>;

  /** Says what is wrong with the component's files as they are going to be: before anything is decided. */
  check?(view: StagedView, context: StateContext): Promise<StateProblem[]>;

  /** Stops what must not run while files are exchanged: before any component is changed, in reverse order of dependencies. */
  stop?(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]>;

  /** Does the steps, after the component's own files are in place. May be called again from the beginning at any instant. */
  apply(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]>;

  /**
   * What is wrong afterwards, besides what `compare` still finds between the state then and `to`: that is looked at anyway.
   */
  verify?(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]>;

  /** Takes away whatever `stage` and `apply` have made under the attempt's name and nobody needs any more. Repeatable. What it throws is told, and stays. */
  discard?(context: AttemptContext): Promise<void>;

  /** Tables that people look at, compare and put back alone, where it has any. */
  readonly tables?: StateTables;

  /**
   * Makes one object of a point anew under another name, beside what is in use: `database` is one of several, or the only one. Throws
   * NAME_TAKEN, PATH_NOT_FOUND, and whatever keeps it from being made; then nothing of it is left.
   */
  restoreBeside?(
    wanted: { readonly database: string | undefined; readonly name: string },
    point: StateReader,
    context: StateContext,
  ): Promise<void>;

  /** Of which instants a captured state is. */
  instants?(point: StateReader): Promise<readonly StateInstant[]>;

  /** What would be lost if the state went back to that of a point, in sentences. Costs little. */
  loss?(point: StateReader, context: StateContext): Promise<readonly string[]>;

  /** Throws where what the component is of can't be reached now, such as a server: a recovery waits for it. Costs little. */
  reach?(context: StateContext): Promise<void>;

  /** How well it is now. */
  health?(context: StateContext): Promise<StateHealth>;

  /** Calls `changed` with an object each time that one changes, until it is closed. May call too often, never too rarely. */
  watch?(context: StateContext, changed: (object: string) => void): Promise<{ close(): void }>;
}
