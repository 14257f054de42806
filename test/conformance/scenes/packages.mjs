// Packages of a real Debian system: one that is upgraded, one that is new, a hold and a mark. /var/tmp has the archives.
import { packagesAdapter } from '../../../dist/adapters/packages/packages-adapter.js';
import { shell } from './run.mjs';

export const adapter = packagesAdapter;

const install = (...names) =>
  shell(`dpkg --install ${names.map((name) => `/var/tmp/${name}_all.deb`).join(' ')}`);

export async function openScene() {
  shell('apt-mark unhold demo >/dev/null 2>&1 || true; dpkg --purge demo extra >/dev/null 2>&1 || true');
  install('demo_1');
  return {
    settings: { managers: ['apt'], repack: true },
    async change() {
      install('demo_2', 'extra_1');
      shell('apt-mark hold demo >/dev/null; apt-mark auto extra >/dev/null');
    },
    describe: async () =>
      [
        shell('dpkg --list | tail -n +6'),
        shell('apt-mark showhold; echo; apt-mark showauto'),
        shell('cat /usr/share/demo/version; dpkg --verify; dpkg --audit'),
      ].join('\n'),
    close: async () => undefined,
  };
}
