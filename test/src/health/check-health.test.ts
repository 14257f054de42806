// Health checks of every kind against real things, and the level that comes of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkHealth, levelOf } from '#src/health/check-health.js';
import { lookAt, type Probe } from '#src/health/probe.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const TIMEOUT_MS = 20_000;
let sleeper: ChildProcess;

beforeAll(async () => {
  sleeper = spawn('sleep', ['1234567']);
  await once(sleeper, 'spawn');
  return () => sleeper.kill('SIGKILL');
});

describe('a check that is stopped', () => {
  it.each(['command', 'http', 'tcp', 'function'] as const)('ends at once: %s', async (kind) => {
    const port = await startServer();
    const probes: Readonly<Record<typeof kind, Probe>> = {
      command: { kind: 'command', command: 'sleep 60' },
      http: { kind: 'http', url: `http://127.0.0.1:${port}/never` },
      // Nobody answers there, and nobody says so.
      tcp: { kind: 'tcp', host: '192.0.2.1', port: 9 },
      function: { kind: 'function', name: 'waits', look: () => new Promise(() => {}) },
    };
    const controller = new AbortController();
    const check = { probe: probes[kind], required: true, timeoutMs: 50_000 };
    const checking = checkHealth([check], { signal: controller.signal });
    // The next time that the event loop looks, a network may have said of the address that nobody is there.
    process.nextTick(() => controller.abort());
    await expect(checking).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('does not begin once that is so', async () => {
    const check = {
      probe: { kind: 'command', command: 'sleep 60' },
      required: true,
      timeoutMs: 50_000,
    } as const;
    await expect(checkHealth([check], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

const look = (probe: Probe, timeoutMs = TIMEOUT_MS) => lookAt(probe, { timeoutMs });

/** A server that answers with the status that the path names, or never. */
async function startServer(): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url !== '/never') response.writeHead(Number(request.url?.slice(1))).end('some body');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('a probe', () => {
  it('of a command holds where that succeeds', async () => {
    expect(await look({ kind: 'command', command: 'true' })).toBeUndefined();
    expect(await look({ kind: 'command', command: 'echo why; exit 3' })).toBe('ended with exit code 3: why');
    expect(await look({ kind: 'command', command: 'sleep 60' }, 200)).toBe('was not done after 0.2 s');
  });

  it('of a URL holds where that answers with success', async () => {
    const url = `http://127.0.0.1:${await startServer()}`;
    expect(await look({ kind: 'http', url: `${url}/204` })).toBeUndefined();
    expect(await look({ kind: 'http', url: `${url}/503` })).toBe('answered 503 Service Unavailable');
    expect(await look({ kind: 'http', url: `${url}/never` }, 200)).toMatch(/^did not answer: .*timeout/);
    expect(await look({ kind: 'http', url: 'http://127.0.0.1:1/' })).toMatch(/^did not answer: /);
  });

  it('of an address holds where that takes a connection', async () => {
    const port = await startServer();
    expect(await look({ kind: 'tcp', host: '127.0.0.1', port })).toBeUndefined();
    expect(await look({ kind: 'tcp', host: '127.0.0.1', port: 1 })).toMatch(/ECONNREFUSED/);
  });

  it('of a file holds where it exists', async () => {
    const path = `${createTemporaryDirectory()}/ready`;
    expect(await look({ kind: 'file', path })).toBe('is not there');
    writeFileSync(path, '');
    expect(await look({ kind: 'file', path })).toBeUndefined();
  });

  it('of a disk holds where enough is left', async () => {
    const path = createTemporaryDirectory();
    expect(await look({ kind: 'disk', path, freeBytes: 1 })).toBeUndefined();
    expect(await look({ kind: 'disk', path, freeBytes: 2 ** 60 })).toMatch(/^has \d+ bytes left, not \d+$/);
    expect(await look({ kind: 'disk', path: `${path}/none`, freeBytes: 1 })).toMatch(/ENOENT/);
  });

  it('of a process holds as long as it runs', async () => {
    expect(await look({ kind: 'process', name: 'sleep' })).toBeUndefined();
    expect(await look({ kind: 'process', name: 'no-such-process' })).toBe('is not running');
  });

  it('of a unit that no systemd knows fails, and says why', async () => {
    expect(await look({ kind: 'unit', unit: 'no-such-unit.service' })).toMatch(/^(is|can not be asked)/);
  });

  it('of a program’s own holds where it says so, in time', async () => {
    const probe = (answer: () => Promise<boolean | string>): Probe => {
      return { kind: 'function', name: 'own', look: answer };
    };
    expect(await look(probe(async () => true))).toBeUndefined();
    expect(await look(probe(async () => false))).toBe('says no');
    expect(await look(probe(async () => 'is tired'))).toBe('is tired');
    expect(await look(probe(() => Promise.reject(new Error('broken'))))).toBe('failed: broken');
    expect(
      await look(
        probe(() => new Promise(() => undefined)),
        100,
      ),
    ).toBe('was not done after 0.1 s');
  });
});

describe('the level of health', () => {
  const check = (required: boolean, ok: boolean) => ({ required, ok });

  it.each([
    ['unknown', []],
    ['healthy', [check(true, true), check(false, true)]],
    ['degraded', [check(true, true), check(false, false)]],
    ['degraded', [check(false, false)]],
    ['unhealthy', [check(true, false), check(true, true)]],
    ['unhealthy', [check(true, false), check(false, true)]],
    ['critical', [check(true, false), check(true, false), check(false, true)]],
  ])('is %s', (level, checks) => {
    expect(levelOf(checks)).toBe(level);
  });

  it('comes with what each check said', async () => {
    const report = await checkHealth([
      { probe: { kind: 'command', command: 'true' }, required: true, timeoutMs: TIMEOUT_MS },
      { probe: { kind: 'file', path: '/none' }, required: false, timeoutMs: TIMEOUT_MS },
    ]);
    expect(report).toEqual({
      level: 'degraded',
      checks: [
        { check: "command 'true'", required: true, ok: true },
        { check: 'file /none', required: false, ok: false, reason: 'is not there' },
      ],
    });
  });
});
