// The names in a directory of a volume. Those that were there from the beginning get their links when they are asked
// for: one alone when it is looked up, all of them when somebody looks through all. Whatever memfs does to the map, it
// never sees that.
import type { LazyChildEntries, LazyEntry } from '../lazy-entry.js';
import type { CoreLink } from './core-classes.js';

export interface LazySource {
  readonly entries: () => LazyChildEntries;
  /** The link of a name that is asked for. */
  readonly admit: (name: string, entry: LazyEntry) => CoreLink;
}

/** A name in a directory: what stands for it by now, or else what stood for it from the beginning. */
export interface Member {
  readonly name: string;
  readonly link: CoreLink | undefined;
  readonly entry: LazyEntry | undefined;
}

export class LazyChildren extends Map<string, CoreLink | undefined> {
  /** Names of the source that are no longer there, or stand for something else. */
  private readonly gone = new Set<string>();
  private listing: LazyChildEntries | undefined;
  private isComplete = false;
  private admitted = 0;

  constructor(private readonly source: LazySource) {
    super();
  }

  override get(name: string): CoreLink | undefined {
    return super.get(name) ?? this.admit(name);
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  override set(name: string, link: CoreLink | undefined): this {
    if (!isSelfOrParent(name)) this.gone.add(name);
    return super.set(name, link);
  }

  override delete(name: string): boolean {
    const was = this.has(name);
    if (!isSelfOrParent(name)) this.gone.add(name);
    super.delete(name);
    return was;
  }

  override clear(): void {
    this.complete();
    for (const name of super.keys()) this.gone.add(name);
    super.clear();
  }

  override get size(): number {
    return this.complete().sizeNow();
  }

  override keys(): MapIterator<string> {
    return this.complete().keysNow();
  }

  override values(): MapIterator<CoreLink | undefined> {
    this.complete();
    return super.values();
  }

  override entries(): MapIterator<[string, CoreLink | undefined]> {
    this.complete();
    return super.entries();
  }

  override [Symbol.iterator](): MapIterator<[string, CoreLink | undefined]> {
    return this.entries();
  }

  override forEach(
    callback: (link: CoreLink | undefined, name: string, map: Map<string, CoreLink | undefined>) => void,
    self?: unknown,
  ): void {
    this.complete();
    super.forEach(callback, self);
  }

  /** Whether nobody has looked at any of the names, nor changed one. */
  isUntouched(): boolean {
    return this.admitted === 0 && this.gone.size === 0;
  }

  /** Whether names were added, removed or replaced. */
  hasOtherNames(): boolean {
    return this.gone.size > 0;
  }

  /** Whether a name stands for what it stood for from the beginning. */
  isOriginal(name: string): boolean {
    return !this.gone.has(name) && this.listed().get(name) !== undefined;
  }

  /** What the names stood for that are no longer there, or stand for something else. */
  *lost(): Generator<LazyEntry> {
    for (const name of this.gone) {
      const entry = this.listed().get(name);
      if (entry !== undefined) yield entry;
    }
  }

  /** The links that were asked for or came later, by name. */
  *present(): Generator<[string, CoreLink]> {
    for (const [name, link] of super.entries())
      if (link !== undefined && !isSelfOrParent(name)) yield [name, link];
  }

  /** All names, in no order, without asking for any of them. `entry` is missing for those that came later. */
  *members(): Generator<Member> {
    for (const [name, link] of super.entries()) {
      if (link === undefined || isSelfOrParent(name)) continue;
      yield { name, link, entry: this.gone.has(name) ? undefined : this.listed().get(name) };
    }
    if (this.isComplete) return;
    for (const name of this.listed().keys()) {
      if (super.has(name) || this.gone.has(name)) continue;
      yield { name, link: undefined, entry: this.listed().get(name) };
    }
  }

  private admit(name: string): CoreLink | undefined {
    if (this.isComplete || this.gone.has(name) || isSelfOrParent(name)) return undefined;
    const entry = this.listed().get(name);
    if (entry === undefined) return undefined;
    const link = this.source.admit(name, entry);
    super.set(name, link);
    this.admitted++;
    return link;
  }

  private complete(): this {
    if (this.isComplete) return this;
    for (const name of this.listed().keys()) this.get(name);
    this.isComplete = true;
    return this;
  }

  private sizeNow(): number {
    return super.size;
  }

  private keysNow(): MapIterator<string> {
    return super.keys();
  }

  private listed(): LazyChildEntries {
    this.listing ??= this.source.entries();
    return this.listing;
  }
}

function isSelfOrParent(name: string): boolean {
  return name === '.' || name === '..';
}
