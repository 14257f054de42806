// What a user means by a pattern of paths: a name at any depth, a path below a component's root, or a live path.
import { SavepointError } from '../store/errors.js';
import { compileExcludes, isInside, joinPath } from './composition.js';
import { isDocumentOf } from './live-path.js';
import type { ComponentRecord } from './point-record.js';

export interface PathPattern {
  /** Whether the file at `path`, relative to the component's root, is meant. */
  matches(component: ComponentRecord, path: string): boolean;
  /** Relative paths at or below which all matches in a component are; '' is all of it. */
  findScope(component: ComponentRecord): readonly string[];
}

/**
 * `*.conf` matches names at any depth, `nginx/*.conf` paths below a component's root, `/etc/nginx/*.conf` live paths,
 * `etc:nginx/*.conf` paths below the root of one component. What is spelt out matches itself, whatever characters it
 * has. Throws USAGE where the pattern is empty.
 */
export function compilePathPattern(pattern: string): PathPattern {
  if (/^[./]*$/.test(pattern)) {
    throw new SavepointError('USAGE', `The pattern '${pattern}' names nothing; try '*.conf' or a path.`, {
      fields: { pattern },
    });
  }
  if (pattern.startsWith('/')) return livePattern(pattern);
  const anywhere = pattern.includes('/') ? relativePattern(pattern) : namePattern(pattern);
  const named = /^([A-Za-z0-9._-]+):(.+)$/s.exec(pattern);
  return named === null ? anywhere : eitherPattern(componentPattern(named[1], named[2]), anywhere);
}

function livePattern(pattern: string): PathPattern {
  const { matches, base } = compileWhole(pattern.slice(1));
  return {
    matches: (component, path) =>
      !isDocumentOf(component, path) && matches(joinPath(component.origin, path).slice(1)),
    findScope: ({ origin }) => {
      const live = `/${base}`;
      if (base === '' || isInside(origin, live)) return [''];
      return isInside(live, origin) ? [live.slice(origin.length).replace(/^\//, '')] : [];
    },
  };
}

function relativePattern(pattern: string): PathPattern {
  const { matches, base } = compileWhole(pattern);
  return { matches: (_, path) => matches(path), findScope: () => [base] };
}

function namePattern(pattern: string): PathPattern {
  const accepts = compileExcludes([pattern]);
  return {
    matches: (component, path) => {
      const name = lastName(path === '' ? component.origin : path);
      return accepts?.('', name) === true;
    },
    findScope: () => [''],
  };
}

function componentPattern(name: string, pattern: string): PathPattern {
  const { matches, base } = compileWhole(pattern);
  return {
    matches: (component, path) => component.name === name && matches(path),
    findScope: (component) => (component.name === name ? [base] : []),
  };
}

function eitherPattern(left: PathPattern, right: PathPattern): PathPattern {
  return {
    matches: (component, path) => left.matches(component, path) || right.matches(component, path),
    findScope: (component) => [...left.findScope(component), ...right.findScope(component)],
  };
}

const GLOB_CHARACTERS = /[*?[\]{}()!+@|\\]/;

/** Of a pattern for whole paths: whether it matches one, and the directories that it starts with. */
function compileWhole(pattern: string): { matches: (path: string) => boolean; base: string } {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const spelt = parts.join('/');
  const accepts = compileExcludes([`/${spelt}`]);
  const firstGlob = parts.findIndex((part) => GLOB_CHARACTERS.test(part));
  const base = (firstGlob < 0 ? parts : parts.slice(0, firstGlob)).join('/');
  return { matches: (path) => path !== '' && accepts?.(path, '') === true, base };
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
