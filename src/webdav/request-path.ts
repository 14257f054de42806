// Paths of URLs and the names that they stand for. A name may be any bytes, each of which can be percent-encoded: names
// that are not UTF-8 come and go as they are.
import { decodeName, encodeName } from '../../store/names.js';
import { RefusedRequest } from './refused-request.js';

export interface RequestPath {
  readonly names: readonly string[];
  /** Whether it ends with a slash, as paths of collections do. */
  readonly endsWithSlash: boolean;
  /** What stands behind the question mark; '' where there is none. */
  readonly query: string;
}

const HEX = /^[0-9a-fA-F]{2}$/;
/** What stands for itself (RFC 3986, unreserved). */
const PLAIN = /[A-Za-z0-9._~-]/;

/** Throws RefusedRequest where `target`, as it stands in the request, is no path. */
export function parseRequestPath(target: string): RequestPath {
  const [path, ...query] = withoutOrigin(target).split('?');
  if (!path.startsWith('/')) throw new RefusedRequest(400, `'${target}' is no path.`);
  return {
    names: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeSegment),
    endsWithSlash: path.endsWith('/'),
    query: query.join('?'),
  };
}

/** The path of a URL; that of a collection ends with a slash. */
export function encodePath(names: readonly string[], isCollection: boolean): string {
  if (names.length === 0) return '/';
  return `/${names.map(encodeSegment).join('/')}${isCollection ? '/' : ''}`;
}

export function encodeSegment(name: string): string {
  let text = '';
  for (const byte of encodeName(name)) {
    const character = String.fromCharCode(byte);
    text += PLAIN.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** A proxy may send the whole URL. */
function withoutOrigin(target: string): string {
  const origin = /^https?:\/\/[^/?]*/i.exec(target);
  return origin === null ? target : target.slice(origin[0].length) || '/';
}

function decodeSegment(segment: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < segment.length; at++) {
    const code = segment.charCodeAt(at);
    if (segment[at] === '%') {
      const digits = segment.slice(at + 1, at + 3);
      if (!HEX.test(digits))
        throw new RefusedRequest(400, `'${segment}' has a '%' without two digits behind it.`);
      bytes.push(Number.parseInt(digits, 16));
      at += 2;
    } else bytes.push(...encodeUnit(code));
  }
  return decodeName(Uint8Array.from(bytes));
}

/** Node gives the bytes of a request one character each. */
function encodeUnit(code: number): number[] {
  return code < 0x100 ? [code] : [...encodeName(String.fromCharCode(code))];
}
