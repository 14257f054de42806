// The inner contract of the kernel component: each area of the kernel captures, compares and puts back its own documents, and
// knows nothing of the others.
import type {
  JsonObject,
  StateComparison,
  StateDocument,
  StatePlan,
  StateProblem,
  StateReader,
  StateStep,
} from '../state/state-adapter.js';
import type { KernelSettings } from './kernel-settings.js';

/** A step of an area; its data says what `apply` needs. */
export interface KernelStep extends StateStep {
  readonly data: JsonObject;
  /** Done after the steps of all areas that are not late; late ones are done in the reverse order of areas. */
  readonly isLate?: boolean;
}

export interface KernelPlan {
  readonly steps: readonly KernelStep[];
  readonly unrestorable: StatePlan['unrestorable'];
}

export interface AreaCapture {
  readonly settings: KernelSettings;
  readonly signal?: AbortSignal | undefined;
  report(problem: StateProblem): void;
}

export interface AreaComparison extends Pick<StateComparison, 'from' | 'to' | 'changed'> {
  readonly settings: KernelSettings;
  /** The steps that are done before, of other areas. */
  readonly earlier: readonly KernelStep[];
}

export interface AreaStaging {
  readonly to: StateReader;
  readonly signal?: AbortSignal | undefined;
}

export interface AreaApply {
  readonly signal?: AbortSignal | undefined;
  done(step: Pick<StateStep, 'object'>): void;
}

/** What was asked of the kernel when two states were captured. */
export interface AskedSettings {
  readonly from: KernelSettings;
  readonly to: KernelSettings;
}

export interface KernelArea {
  /** Its documents stand below `state/<name>/` and `observed/<name>/`. */
  readonly name: string;
  isAsked(settings: KernelSettings): boolean;
  /** Throws where the host lacks what the area needs altogether: what is missing then must not be taken for not being there. */
  capture(context: AreaCapture): AsyncIterable<StateDocument>;
  /**
   * Whether that a document is missing in one of two states tells that its object was not there: it may also not have been asked
   * for. All of them unless given; what can't be compared is left as it is.
   */
  isComparable?(path: string, asked: AskedSettings): boolean;
  /** Pure. */
  compare(comparison: AreaComparison): Promise<KernelPlan>;
  /** Checks what can be checked without a change, and answers with the steps, completed with what they need. */
  stage?(steps: readonly KernelStep[], context: AreaStaging): Promise<readonly KernelStep[]>;
  /** Repeatable from the beginning: looks at the live state before each step, and again afterwards. */
  apply(steps: readonly KernelStep[], context: AreaApply): Promise<StateProblem[]>;
}
