// Checks a store: that everything a point needs is there and, with `data`, that every byte is as it was written. What
// is damaged is named with the points and paths that it hurts.
import type { StoreProblem } from '../store/verify/store-problem.js';
import type { HurtPoint } from './damage.js';
import { type CheckedCounts, examineStore } from './examine-store.js';
import { repairStore } from './repair.js';
import type { Session } from './session.js';

export interface VerifyOptions {
  /** Read and check every block and object, not only tables and connections. */
  readonly data?: boolean;
  /** Mend what can be mended: indexes, caches, refs, packs without a table. Nothing readable is ever removed. */
  readonly repair?: boolean;
  readonly onProgress?: (progress: { readonly bytes: number; readonly totalBytes: number }) => void;
  readonly signal?: AbortSignal;
}

/** Something that is wrong with a store. */
export interface VerifyProblem {
  /** The stable code of the error (PACK_MISSING, BLOCK_CORRUPT, …). */
  readonly code: string;
  /** The file of the store, relative to it. */
  readonly file: string;
  readonly message: string;
  /** Points that can't be restored whole because of it (still, after a repair), and the paths, `component:relative/path`. */
  readonly hurts: readonly { readonly point: string; readonly paths: readonly string[] }[];
  /** What `repair` did about it; missing where it was not asked for, or could do nothing. */
  readonly repaired?: string;
}

export interface VerifyReport {
  /** Whether nothing is wrong, or everything that was wrong is repaired. */
  readonly sound: boolean;
  readonly problems: readonly VerifyProblem[];
  readonly checked: CheckedCounts;
  readonly seconds: number;
}

export async function verify(session: Session, options: VerifyOptions = {}): Promise<VerifyReport> {
  const started = performance.now();
  const findings = await examineStore(session, options);
  const repairs =
    options.repair === true ? await repairStore(session, findings) : new Map<StoreProblem, string>();
  const { hurt, problems: left } = repairs.size > 0 ? await examineStore(session, {}) : findings;
  const known = new Set(findings.problems.flatMap(({ lost }) => [...lost]));
  const late = left.filter(({ lost }) => [...lost].some((id) => !known.has(id)));
  const problems = [...findings.problems, ...late].map((problem) =>
    describe(problem, { hurt, repaired: repairs.get(problem) }),
  );
  return {
    sound: problems.every(({ repaired, hurts }) => repaired !== undefined && hurts.length === 0),
    problems,
    checked: findings.checked,
    seconds: (performance.now() - started) / 1000,
  };
}

function describe(
  problem: StoreProblem,
  detail: { hurt: readonly HurtPoint[]; repaired: string | undefined },
): VerifyProblem {
  const { code, file, message, lost } = problem;
  const hurts = detail.hurt
    .map(({ point, paths }) => ({
      point,
      paths: paths.filter(({ id }) => lost.has(id)).map(({ path }) => path),
    }))
    .filter(({ paths }) => paths.length > 0);
  return {
    code,
    file,
    message,
    hurts,
    ...(detail.repaired === undefined ? {} : { repaired: detail.repaired }),
  };
}
