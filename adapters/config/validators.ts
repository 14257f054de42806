// Programs that say whether configuration is right, by the paths that they are responsible for. Each only looks: it changes
// nothing that outlives it, and so can be run as root at any time.

export interface Validator {
  readonly program: string;
  /** Absolute paths of what it judges. */
  readonly paths: RegExp;
  /** What is run for changed paths of its own, of which `present` are files now; each has to end with 0. */
  commands(changed: ChangedPaths): readonly Command[];
  /** Commands of which one must end with 0 for its judgement to count: it needs something besides the configuration. */
  readonly needs?: readonly Command[];
}

export interface ChangedPaths {
  readonly all: readonly string[];
  readonly present: readonly string[];
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** One that judges its whole configuration, whatever has changed. */
function whole(paths: RegExp, command: Command, needs?: readonly Command[]): Validator {
  const validator = { program: command[0], paths, commands: () => [command] };
  return needs === undefined ? validator : { ...validator, needs };
}

/** Where sshd keeps the directory that it needs to start; only that of Debian is not there while it does not run. */
const PRIVILEGE_SEPARATION = ['/run/sshd', '/var/empty/sshd', '/usr/share/empty.sshd', '/var/empty'];

const UNIT_FILE =
  /^\/(?:etc|usr\/lib|lib|usr\/local\/lib)\/systemd\/system\/[^/]+\.(?:service|socket|timer|mount|automount|path|target|slice|swap)$/;

export const VALIDATORS: readonly Validator[] = [
  // nginx(8): -t tests the configuration and opens the files that it refers to.
  whole(/^\/etc\/nginx\//, ['nginx', '-t', '-q']),
  // sshd(8): -t tests the configuration and the keys; some versions want to be called by an absolute path.
  whole(
    /^\/etc\/ssh\/(?:sshd_config$|sshd_config\.d\/|ssh_host_)/,
    ['/usr/sbin/sshd', '-t'],
    PRIVILEGE_SEPARATION.map((path): Command => ['test', '-d', path]),
  ),
  // ssh(1): -G prints the configuration after evaluating it, and connects to nobody.
  whole(/^\/etc\/ssh\/ssh_config(?:$|\.d\/)/, ['ssh', '-G', 'localhost']),
  // visudo(8): -c checks sudoers and all that it includes, with owner and mode.
  whole(/^\/etc\/sudoers(?:$|\.d\/)/, ['visudo', '-c']),
  // named-checkconf(1): without -z, no zone is loaded.
  whole(/^\/etc\/(?:bind\/|named\.)/, ['named-checkconf']),
  // unbound-checkconf(8): looks for the key, too, which is made when the service first starts.
  whole(/^\/etc\/unbound\//, ['unbound-checkconf'], [['test', '-s', '/var/lib/unbound/root.key']]),
  // dnsmasq(8): --test reads the configuration and ends. The directory is the one that Debian's service gives it.
  whole(/^\/etc\/dnsmasq\.(?:conf$|d\/)/, [
    'dnsmasq',
    '--test',
    '--conf-dir=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new',
  ]),
  // apache2ctl(8), apachectl(8): -t runs a syntax check.
  whole(/^\/etc\/apache2\//, ['apache2ctl', '-t']),
  whole(/^\/etc\/httpd\//, ['apachectl', '-t']),
  // haproxy(1): -c only checks the files.
  whole(/^\/etc\/haproxy\/haproxy\.cfg$/, ['haproxy', '-c', '-f', '/etc/haproxy/haproxy.cfg']),
  // postconf(1): reads both files. `postfix check` makes directories that are missing.
  {
    program: 'postconf',
    paths: /^\/etc\/postfix\/(?:main|master)\.cf$/,
    commands: () => [
      ['postconf', '-n'],
      ['postconf', '-M'],
    ],
  },
  // doveconf(1): -n prints what is not the default, after parsing all of it.
  whole(/^\/etc\/dovecot\//, ['doveconf', '-n']),
  // systemd-analyze(1): verify loads unit files into a manager of its own; their own mistakes count, not those of others. What
  // they start has to be there. Versions before 250 can't tell these apart.
  {
    program: 'systemd-analyze',
    paths: UNIT_FILE,
    commands: ({ present }) =>
      present.length === 0
        ? []
        : [['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', ...present]],
    needs: [['systemd-analyze', '--recursive-errors=no', '--version']],
  },
  // logrotate(8): -d changes neither logs nor its state. Words that it does not know are no mistake to it.
  whole(/^\/etc\/logrotate\.(?:conf$|d\/)/, ['logrotate', '-d', '/etc/logrotate.conf']),
  // nft(8): -c checks without applying; it asks the kernel, which not every container lets it.
  whole(
    /^\/etc\/nftables\.(?:conf$|d\/)/,
    ['nft', '-c', '-f', '/etc/nftables.conf'],
    [['nft', 'list', 'tables']],
  ),
  // rsyslogd(8): -N1 is a configuration check.
  whole(/^\/etc\/rsyslog\.(?:conf$|d\/)/, ['rsyslogd', '-N1']),
  // testparm(1): -s does not wait for a key.
  whole(/^\/etc\/samba\//, ['testparm', '-s']),
  // php-fpm(8): -t tests the configuration. Debian has one program for each version.
  {
    program: 'php-fpm',
    paths: /^\/etc\/(?:php\/[\d.]+\/fpm\/|php-fpm\.(?:conf$|d\/))/,
    commands: ({ all }) => {
      const versions = new Set(all.map((path) => /^\/etc\/php\/([\d.]+)\//.exec(path)?.[1] ?? ''));
      return [...versions].sort().map((version): Command => [`php-fpm${version}`, '-t']);
    },
  },
  // findmnt(8): --verify checks the fields, the sources and the targets of fstab(5).
  whole(/^\/etc\/fstab$/, ['findmnt', '--verify', '--tab-file', '/etc/fstab']),
  // netplan-get(8): reads and joins all files, and writes nothing.
  whole(/^\/etc\/netplan\//, ['netplan', 'get']),
  // chronyd(8): -p prints the configuration and ends.
  whole(/^\/etc\/chrony\//, ['chronyd', '-p', '-f', '/etc/chrony/chrony.conf']),
  // grub-script-check(1): the file that the boot loader runs.
  whole(/^\/boot\/grub\/grub\.cfg$/, ['grub-script-check', '/boot/grub/grub.cfg']),
];
