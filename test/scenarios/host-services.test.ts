// A host of three components that depend on each other (the configuration of nginx, an application, and nginx itself), on a
// machine whose first process is systemd: a bad update of all of them goes back by itself, and one of the configuration alone
// is rolled back without anything else being touched. What is served proves it.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { createDebianChroot, type DebianChroot } from '../fixtures/debian-chroot.js';
import { SERVER } from '../fixtures/debian-system.js';
import { NODE } from '../fixtures/private-root.js';
import { runTool } from '../fixtures/run-tool.js';
import { type SystemdMachine, startSystemdMachine } from '../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const CONFIGURATION = `
components:
  site: { kind: config, paths: [/etc/nginx], reload: [nginx.service] }
  app: { kind: systemd, units: [app.service] }
  web: { kind: systemd, units: [nginx.service], after: [site, app] }
guard:
  timeout: 1m
  watch: 1s
  health: [{ http: 'http://127.0.0.1/', interval: 200ms, timeout: 2s, deadline: 5s }]
`;

const SITE = (port: number) =>
  `server {\n  listen 80 default_server;\n  location / { proxy_pass http://127.0.0.1:${port}; }\n}\n`;

const UNIT = (port: number) => `[Unit]
Description=An application
[Service]
Type=exec
ExecStart=${NODE} /opt/app/serve.mjs ${port}
[Install]
WantedBy=multi-user.target
`;

const SERVE = `import { createServer } from 'node:http';
const port = Number(process.argv[2]);
if (port === 9999) process.exit(3);
createServer((_, response) => response.end('served by ' + port + '\\n')).listen(port, '127.0.0.1');
`;

let debian: DebianChroot;

beforeAll(() => {
  const directory = createTemporaryDirectory({ lifetime: 'file', inMemory: true });
  debian = createDebianChroot(join(directory, 'system'), { include: SERVER });
  debian.write('etc/savepoint.yaml', CONFIGURATION);
  debian.write('opt/app/serve.mjs', SERVE);
  debian.write('etc/systemd/system/app.service', UNIT(8080));
  debian.write('etc/nginx/sites-available/default', SITE(8080));
}, 600_000);

async function boot(): Promise<SystemdMachine> {
  const machine = await startSystemdMachine(debian.root);
  await run(machine, 'systemctl daemon-reload; systemctl enable --now app.service nginx.service');
  await expectServed(machine, 'served by 8080');
  return machine;
}

async function run(machine: SystemdMachine, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.run(['sh', '-euc', script]);
  expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
  return stdout.trim();
}

/** Waits until the page is that one. */
async function expectServed(machine: SystemdMachine, page: string): Promise<void> {
  const look = `
    const read = async () => (await fetch('http://127.0.0.1/').catch(() => undefined))?.text();
    const end = Date.now() + 10_000;
    let page;
    while ((page = (await read())?.trim()) !== process.argv[1] && Date.now() < end) await new Promise((done) => setTimeout(done, 100));
    console.log(page);
  `;
  const { stdout } = await machine.run([NODE, '--input-type=module', '--eval', look, '--', page]);
  expect(stdout.trim()).toBe(page);
}

const pidOf = (machine: SystemdMachine, unit: string) =>
  run(machine, `systemctl show --property MainPID --value ${unit}`);

/** Directories that hold more than the components have times of their own. */
function keep(name: string): () => void {
  const copy = join(createTemporaryDirectory(), name);
  runTool('cp', ['-a', join(debian.root, 'etc'), copy]);
  const words = ['-aHAXniO', '--modify-window=-1', '--delete', `${copy}/`, `${join(debian.root, 'etc')}/`];
  return () => expect(runTool('rsync', words).toString()).toBe('');
}

it('comes back as a whole from an update that breaks configuration and application', async () => {
  const machine = await boot();
  const expectAsBefore = keep('before');
  const update = `
    echo 'server { listen 80 default_server; location / { proxy_pass http://127.0.0.1:9999; } }' >/etc/nginx/sites-enabled/default
    sed -i 's/8080/9999/' /etc/systemd/system/app.service
    mkdir -p /etc/systemd/system/nginx.service.d
    printf '[Service]\\nRestart=no\\n' >/etc/systemd/system/nginx.service.d/bad.conf
    systemctl daemon-reload
    systemctl disable app.service
    systemctl restart app.service || true
    echo 'this is no configuration' >/etc/nginx/conf.d/broken.conf
    systemctl restart nginx.service || true
  `;
  const { exitCode, stderr } = await machine.savepoint(['guard', '--', 'sh', '-euc', update]);
  expect([exitCode, stderr]).toEqual([10, expect.stringContaining('taken back')]);
  expectAsBefore();
  await expectServed(machine, 'served by 8080');
  expect(await run(machine, 'systemctl is-enabled app.service; systemctl is-active app nginx')).toBe(
    'enabled\nactive\nactive',
  );
  expect(await run(machine, 'systemctl show --property NeedDaemonReload --value app nginx')).toMatch(
    /^no\s+no$/,
  );
}, 300_000);

it('goes back in its configuration alone, and nothing that did not change is restarted', async () => {
  const machine = await boot();
  const expectAsBefore = keep('before');
  expect((await machine.savepoint(['save', '--name', 'good'])).exitCode).toBe(0);
  const [app, nginx] = [await pidOf(machine, 'app'), await pidOf(machine, 'nginx')];
  await run(
    machine,
    `echo 'server { listen 80 default_server; return 200 "wrong"; }' >/etc/nginx/sites-enabled/default
     systemctl reload nginx`,
  );
  await expectServed(machine, 'wrong');
  const { exitCode, stderr } = await machine.savepoint(['rollback', 'good', '--component', 'site', '--yes']);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('web depend')]);
  await expectServed(machine, 'served by 8080');
  expect([await pidOf(machine, 'app'), await pidOf(machine, 'nginx')]).toEqual([app, nginx]);
  expectAsBefore();
}, 300_000);
