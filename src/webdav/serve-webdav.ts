// Serves points as read-only WebDAV (RFC 4918, class 1): one point, or all of a store as they come and go.
import { SavepointError } from '../../store/errors.js';
import type { Point } from '../points.js';
import type { Session } from '../session.js';
import { openView } from '../view/open-view.js';
import { StoreView } from '../view/store-view.js';
import type { TreeView } from '../view/tree-view.js';
import { admissionOf } from './admission.js';
import type { AnswerContext, ServeProblem } from './answer-request.js';
import { type Credentials, parseCredentials, readCredentials } from './credentials.js';
import { listeningAddress, urlOf } from './listening-address.js';
import { canTellPeers } from './peer-user.js';
import { Resources } from './resources.js';
import { RunningServer } from './running-server.js';

export type { ServeProblem } from './answer-request.js';

export interface ServeOptions {
  /** The point that is served; unless set, all of them, below `by-name/`, `by-time/` and `latest`. */
  readonly point?: string;
  /** The name or address to listen on: 127.0.0.1 unless set. */
  readonly host?: string;
  /** 8080 unless set; 0 takes one that is free. */
  readonly port?: number;
  /** Whether `host` may be one that other machines reach. Needs credentials. */
  readonly allowRemote?: boolean;
  /** `USER:PASSWORD` each. Without any, only programs of the user who serves are answered. */
  readonly credentials?: readonly string[];
  /** A file with more of them, a line each, that nobody else may read. */
  readonly credentialsFile?: string;
  /** Told of files that can't be read, as somebody asks for them. */
  readonly onProblem?: (problem: ServeProblem) => void;
}

export interface PointServer {
  /** `http://127.0.0.1:8080/`. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** Missing where all points are served. */
  readonly point: Point | undefined;
  /** Settles once it has ended; rejects where this program is wrong, which ends it. */
  readonly ended: Promise<void>;
  /** Takes no more requests, gives those under way so long to end (2 seconds unless set), and lets go of the store. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 8080;
const GRACE_MS = 2000;

/** Throws POINT_NOT_FOUND, USAGE, ADDRESS_UNAVAILABLE, UNSUPPORTED, and what opening a view throws. */
export async function serveWebdav(session: Session, options: ServeOptions = {}): Promise<PointServer> {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, onProblem = () => {} } = options;
  const credentials = credentialsOf(options);
  const address = await listeningAddress({
    host,
    allowRemote: options.allowRemote === true,
    hasCredentials: credentials !== undefined,
  });
  if (credentials === undefined && !canTellPeers()) throw noPeers();
  const tree = await openTree(session, options.point);
  try {
    const context: AnswerContext = {
      ...{ resources: new Resources(tree.view), refresh: tree.refresh, onProblem },
      admit: admissionOf(credentials, host),
    };
    const running = new RunningServer(context, session.hold(tree.close));
    const taken = await running.listen(address, port);
    return {
      ...{ url: urlOf(address, taken), address, port: taken, point: tree.point, ended: running.ended },
      close: ({ graceMs = GRACE_MS } = {}) => running.close(graceMs),
    };
  } catch (error) {
    tree.close();
    throw error;
  }
}

interface OpenTree {
  readonly view: TreeView;
  readonly point: Point | undefined;
  readonly refresh: () => Promise<unknown>;
  readonly close: () => void;
}

async function openTree(session: Session, text: string | undefined): Promise<OpenTree> {
  if (text === undefined) {
    const view = await StoreView.open(session);
    return { view, point: undefined, refresh: () => view.refresh(), close: () => view.close() };
  }
  const { view, point } = await openView(session, text);
  return { view, point, refresh: async () => {}, close: () => view.reader.close() };
}

function credentialsOf({ credentials, credentialsFile }: ServeOptions): Credentials | undefined {
  if (credentials === undefined && credentialsFile === undefined) return undefined;
  return [
    ...(credentials === undefined ? [] : parseCredentials(credentials, 'the credentials')),
    ...(credentialsFile === undefined ? [] : readCredentials(credentialsFile)),
  ];
}

function noPeers(): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    'This system does not tell whose a connection is (/proc/net/tcp): give credentials to serve with.',
  );
}
