// Whether a request asks for what it has already, or for a state that has passed (RFC 9110, section 13). Ids of objects are
// perfect ETags. Times are compared for equality: what `latest` leads to may well get older.
import type { IncomingHttpHeaders } from 'node:http';
import { RefusedRequest } from './refused-request.js';

export interface Validators {
  /** In quotes, as it stands in the header. */
  readonly etag: string;
  /** As it stands in the header. */
  readonly lastModified: string;
}

/** Whether the answer is 304. Throws RefusedRequest, 412. */
export function isUnchanged(headers: IncomingHttpHeaders, validators: Validators): boolean {
  const { etag, lastModified } = validators;
  const match = headers['if-match'];
  const since = headers['if-unmodified-since'];
  if (match !== undefined ? !hasTag(match, etag, 'strong') : since !== undefined && since !== lastModified) {
    throw new RefusedRequest(412, 'The file is not the one that the request is about.');
  }
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return hasTag(noneMatch, etag, 'weak');
  return headers['if-modified-since'] === lastModified;
}

/** Whether a range of what the client has a part of may be sent (If-Range). */
export function allowsRange(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const condition = headers['if-range'];
  return condition === undefined || condition === etag || condition === lastModified;
}

function hasTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  const tags = list.split(',').map((tag) => tag.trim());
  return tags.some((tag) => (comparison === 'weak' ? tag.replace(/^W\//, '') : tag) === etag);
}
