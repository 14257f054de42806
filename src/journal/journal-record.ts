// What the journal says of the operation in flight. Each record is written once, durably, before what it speaks of is
// done; together they are enough for another process to bring the operation to its end.
import type { LoggedPoint, OperationId, OperationKind } from '../../store/operations/operation-entry.js';
import type {
  ChangePlace,
  JsonObject,
  JsonValue,
  PreparedChange,
  PreparedSwap,
  SwapPlace,
} from '../composition.js';
import type { RollbackProblem } from '../rollback/rollback-problem.js';
import type { ComponentPolicy } from '../rollback/validate-components.js';

/** The first record: an operation has begun, and nobody else may begin one. */
export interface BeginRecord {
  readonly id: OperationId;
  readonly kind: OperationKind;
  /** Names the process that carries it out, as names of unfinished files do. */
  readonly process: string;
  readonly startedAt: string;
  readonly user: string;
  readonly host: string;
  readonly command: readonly string[];
  readonly components: readonly string[];
  /** Where the operation goes. */
  readonly target: LoggedPoint;
  readonly undoes?: OperationId;
  /** The guarded change that it takes back. */
  readonly guard?: OperationId;
  /** Equal for rollbacks that lead to the same. */
  readonly fingerprint?: string;
  /** Modules of state adapters, by their absolute paths: who finishes the operation needs them. */
  readonly adapters?: readonly string[];
  /** Directories that are made because a component's root is missing, the deepest first. */
  readonly madeRoots?: readonly string[];
}

/** There are two attempts at most: to the target, and, should that fail, back to the safety point. */
export type Attempt = 1 | 2;

/** What is about to be made: staging directories, and nothing else. */
export interface PlanRecord {
  readonly id: OperationId;
  readonly attempt: Attempt;
  /** The state before, as a point. */
  readonly safety: LoggedPoint;
  readonly components: readonly {
    readonly name: string;
    readonly root: string;
    readonly places: readonly ChangePlace[];
    /** In place of these, where the root is exchanged as a whole. */
    readonly swap?: SwapPlace;
    /** The state adapter that is about to prepare something, and what it goes by. */
    readonly state?: StatePlace;
  }[];
}

/** The one commit point: before this record the operation never happened, after it the operation is finished. */
export interface DecisionRecord {
  readonly id: OperationId;
  readonly attempt: Attempt;
  readonly components: readonly {
    readonly name: string;
    readonly root: string;
    readonly policy: ComponentPolicy;
    readonly changes: readonly PreparedChange[];
    /** In place of these, where the root is exchanged as a whole. */
    readonly swap?: PreparedSwap;
    /** What its state adapter does when the files are in place. */
    readonly state?: PreparedState;
    /** The components that change files which are this one's as well. */
    readonly leftTo?: readonly string[];
    /** Where files are put back otherwise than the destination has them: the ids of their contents, by relative path. */
    readonly merged?: Readonly<Record<string, string>>;
  }[];
  /** Why components are left out: they would not have been sound. */
  readonly refused?: readonly RollbackProblem[];
}

export interface StatePlace {
  readonly kind: string;
  readonly settings: JsonObject;
}

export interface PreparedState extends StatePlace {
  /** What the adapter's `stage` answered. */
  readonly prepared: JsonValue;
  /** Set where the component was well before, and so has to be well afterwards. */
  readonly mustBeWell?: true;
  /** For people, and for progress. */
  readonly steps: readonly { readonly object: string; readonly text: string }[];
}

/** The first attempt is decided and did not lead to its target: the second one takes it back. */
export interface RevertRecord {
  readonly id: OperationId;
  readonly reason: string;
  /** The components that go back, where the others stay at the target; all where this is missing. */
  readonly components?: readonly string[];
  readonly problems: readonly RollbackProblem[];
}

/** Another process has taken the operation over; the highest number counts. */
export interface TakeOverRecord {
  readonly id: OperationId;
  readonly number: number;
  readonly process: string;
  readonly startedAt: string;
}
