// What a rollback of a Redis server would lose: what was written since the instant of a point, as far as its counters tell.
import { readDocument } from '../state/json-document.js';
import type { StateContext, StateInstant, StateReader } from '../state/state-adapter.js';
import { accessServer } from './access-server.js';
import type { Position } from './database-record.js';
import { POSITION_PATH } from './document-paths.js';
import { inSession } from './redis-session.js';
import { readRedisSettings } from './redis-settings.js';
import { numberOf, readInfo } from './server-info.js';

type Instant = Pick<Position, 'replicationId' | 'offset'>;

export async function lossSince(point: StateReader, context: StateContext): Promise<readonly string[]> {
  const access = accessServer(context.component, readRedisSettings(context));
  const info = await inSession(access, { signal: context.signal }, readInfo);
  const now = {
    replicationId: info.get('master_replid') ?? '',
    offset: numberOf(info, 'master_repl_offset'),
  };
  return describeLoss(now, await positionOf(point));
}

/** Of the whole server in a point. */
export async function instantsOfPoint(point: StateReader): Promise<StateInstant[]> {
  const position = await positionOf(point);
  if (position === undefined) return [];
  const { at, offset, replicationId } = position;
  return [
    { object: 'server', at, position: `offset ${offset} of replication ${replicationId.slice(0, 12)}` },
  ];
}

export function positionOf(reader: StateReader): Promise<Position | undefined> {
  return readDocument<Position>(reader, POSITION_PATH);
}

/** What is lost on the way from one instant to another. */
export function describeLoss(now: Instant | undefined, then: Position | undefined): string[] {
  if (now === undefined || then === undefined) return [];
  const lost = `what was written since ${then.at} is lost`;
  // Servers count anew after a restart, and when no replica has been there for an hour.
  if (now.replicationId !== then.replicationId || now.offset < then.offset)
    return [`${lost}; the server does not know how much that is.`];
  const bytes = now.offset - then.offset;
  return [`${lost}: at most ${bytes} bytes of commands to the whole server.`];
}
