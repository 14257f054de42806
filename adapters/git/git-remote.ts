// A git repository behind a smart HTTP server: where it is, who asks, and what it has. Its address never holds a password.
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';

export interface GitRemote {
  /** Without credentials. */
  readonly url: string;
  readonly credentials?: GitCredentials | undefined;
}

export interface GitCredentials {
  readonly username: string;
  /** A password or a token. */
  readonly password: string;
}

export interface RemoteRefs {
  readonly objectFormat: ObjectFormat;
  /** What the server can do, with the values that some have. */
  readonly capabilities: ReadonlyMap<string, string | true>;
  /** By their whole names. */
  readonly refs: ReadonlyMap<string, ObjectId>;
}

/** The header that says who asks; none where nobody is named. */
export function authorization({ credentials }: GitRemote): Record<string, string> {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
