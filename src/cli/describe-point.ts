// How recovery points, and the paths in them, are put into words and into JSON.
import type { Point } from '../index.js';
import { escapeText } from './escape-name.js';

/** Digits of an id that are shown to people. */
const SHORT_ID_LENGTH = 12;

/** The `point` of JSON documents; see JSON.md. */
export function pointDocument(point: Point) {
  const { name, id, commit, tree, message, createdAt, host, trigger, health, complete } = point;
  const { components, files, bytes, tags, damaged } = point;
  return {
    ...{ name, id, commit, tree, message, createdAt, host, trigger, health, complete },
    ...{ components, files, bytes, tags },
    ...(damaged === undefined ? {} : { damaged }),
  };
}

export function shortId(id: string): string {
  return id.slice(0, SHORT_ID_LENGTH);
}

/** The first line of a message, safe to print. */
export function firstLine(message: string): string {
  return escapeText(message.split('\n', 1)[0]);
}

/** Joins a root and a path relative to it, which may be empty. */
export function pathBelow(root: string, path: string): string {
  if (path === '') return root;
  return root.endsWith('/') ? root + path : `${root}/${path}`;
}
