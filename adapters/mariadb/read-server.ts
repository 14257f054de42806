// Which server it is, and where it stands.
import type { ClientSession } from './client-session.js';

/** The server itself, as it was captured. */
export interface ServerRecord {
  readonly version: string;
  /** Or MySQL. */
  readonly isMariadb: boolean;
}

/** Of which instant a capture is. */
export interface Position {
  /** By the server's clock, UTC, in milliseconds since 1970. */
  readonly at: string;
  /** When the server was started, in whole seconds. */
  readonly startedSeconds: number;
  /** Where the binary log was, if there is one. MariaDB's own, as the snapshot has it. */
  readonly binaryLog: {
    readonly file: string;
    readonly position: string;
    readonly gtid: string | null;
  } | null;
}

export async function readServer(session: ClientSession): Promise<ServerRecord> {
  const { version } = await session.row<{ version: string }>("SELECT JSON_OBJECT('version', VERSION())");
  return { version, isMariadb: /mariadb/i.test(version) };
}

/** `[10, 6]` of `10.6.12-MariaDB`. */
export function versionNumbers({ version }: ServerRecord): readonly [number, number] {
  const [, major, minor] = /(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}

/** In a transaction that has a snapshot: of its instant. */
export async function readPosition(
  session: ClientSession,
  { isMariadb }: Pick<ServerRecord, 'isMariadb'>,
): Promise<Position> {
  const instant = await session.row<Omit<Position, 'binaryLog'>>(
    `SELECT JSON_OBJECT('at', DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ'), 'startedSeconds',
      UNIX_TIMESTAMP() - (SELECT VARIABLE_VALUE FROM ${isMariadb ? 'information_schema' : 'performance_schema'}.GLOBAL_STATUS
        WHERE VARIABLE_NAME = 'UPTIME'))`,
  );
  if (!isMariadb) return { ...instant, binaryLog: null };
  const status = new Map(
    (await session.values("SHOW STATUS LIKE 'binlog_snapshot_%'")).map(([name, value]) => [name, value]),
  );
  const [file, position] = [
    status.get('Binlog_snapshot_file') ?? '',
    status.get('Binlog_snapshot_position') ?? '',
  ];
  if (file === '') return { ...instant, binaryLog: null };
  const { gtid } = await session.row<{ gtid: string | null }>(
    `SELECT JSON_OBJECT('gtid', BINLOG_GTID_POS('${file}', ${position}))`,
  );
  return { ...instant, binaryLog: { file, position, gtid } };
}
