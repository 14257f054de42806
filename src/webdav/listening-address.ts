// Where to listen: on this machine alone, unless it was said twice that it is to be otherwise.
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { SavepointError } from '../../store/errors.js';

export interface ListeningRequest {
  readonly host: string;
  readonly allowRemote: boolean;
  readonly hasCredentials: boolean;
}

/** The address of `host`. Throws USAGE where others could reach it and that was not asked for, or has no credentials. */
export async function listeningAddress({ host, ...asked }: ListeningRequest): Promise<string> {
  const address = await resolve(host);
  if (isLoopback(address)) return address;
  if (!asked.allowRemote) {
    throw new SavepointError(
      'USAGE',
      `Others could reach ${host}. Where that is meant, allow it (--allow-remote), with credentials.`,
      { fields: { host, address } },
    );
  }
  if (asked.hasCredentials) return address;
  throw new SavepointError(
    'USAGE',
    `Others can reach ${host}, and everything that was saved could be read by them: give credentials.`,
    { fields: { host, address } },
  );
}

export function urlOf(address: string, port: number): string {
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}/`;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

async function resolve(host: string): Promise<string> {
  // An empty name would be looked up as no address at all.
  if (host.trim() === '') throw noHost(host);
  try {
    return (await lookup(host)).address;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'getaddrinfo') throw error;
    throw noHost(host, error);
  }
}

function noHost(host: string, cause?: unknown): SavepointError {
  return new SavepointError('USAGE', `There is no host '${host}'.`, { fields: { host }, cause });
}
