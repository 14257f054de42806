// One key goes from one version of a file to another, written as it was there; what stands around it stays as it is.
import { describe, expect, it } from 'vitest';
import { copyKey } from '#adapters/config/copy-key.js';

async function copied(path: string, versions: { from?: string; to: string }, key: string): Promise<string> {
  return Buffer.from(await copyKey({ path, from: versions.from, to: versions.to, key })).toString('utf8');
}

interface Case {
  readonly key: string;
  /** A part of what is there afterwards, in place of the part of the old text. */
  readonly old: string;
  readonly young: string;
}

function cases(path: string, versions: { from: string; to: string }, list: readonly Case[]): void {
  it.each(list)(`$key of ${path}`, async ({ key, old, young }) => {
    expect(versions.to.split(old)).toHaveLength(2);
    expect(await copied(path, versions, key)).toBe(versions.to.replace(old, () => young));
  });
}

describe('JSON', () => {
  const from = `{
  "a": 1,
  "big": 12345678901234567890.10,
  "b": {"x": [1, 2], "y": {}},
  "c": [
    {
      "k": "v"
    },
    2
  ],
  "last": null
}
`;
  const to = `{
    // about a
    "a": "8080", // two, three
    "c": [
        1 // x
    ], "d": true, /* of e */ "e": {
        "only": 1
    }
}`;
  cases('/etc/a.json', { from, to }, [
    { key: 'a', old: '"8080"', young: '1' },
    { key: 'big', old: ' three\n', young: ' three\n    "big": 12345678901234567890.10,\n' },
    { key: 'b.x', old: ' three\n', young: ' three\n    "b": {"x": [1, 2]},\n' },
    { key: 'c[1]', old: '1 // x\n', young: '1, // x\n        2\n' },
    { key: 'c[0]', old: '        1 //', young: '        {\n          "k": "v"\n        } //' },
    { key: 'd', old: ' "d": true,', young: '' },
    { key: 'e', old: ', /* of e */ "e": {\n        "only": 1\n    }', young: ' /* of e */ ' },
    { key: 'e.only', old: ', /* of e */ "e": {\n        "only": 1\n    }', young: ' /* of e */ ' },
  ]);
});

describe('YAML', () => {
  const from = `server: &s
  port: 8080
  "na.me": 'x'
  text: |+
    abc

    def

  list:
  - a
  - name: b
    v: 1
  flow: {a: 1, b: [1, 2]}
  ref: *s
  empty:
last: "q"`;
  const to = `# top
server:
    # about port
    port: "9090"   # comment
    list:
      - a
      # hm
      - name: c
        v: 2
    # trail
last: w # w
gone: {x: 1}
`;
  cases('/etc/a.yaml', { from, to }, [
    { key: 'server.port', old: '"9090"', young: '8080' },
    { key: 'server."na.me"', old: '# comment\n', young: `# comment\n    "na.me": 'x'\n` },
    { key: 'server.text', old: '# comment\n', young: '# comment\n    text: |+\n      abc\n\n      def\n\n' },
    { key: 'server.flow.b', old: '        v: 2\n', young: '        v: 2\n    flow: {b: [1, 2]}\n' },
    { key: 'server.empty', old: '        v: 2\n', young: '        v: 2\n    empty:\n' },
    { key: 'server.list[1].name', old: 'name: c', young: 'name: b' },
    { key: 'last', old: 'w #', young: '"q" #' },
    { key: 'gone', old: 'gone: {x: 1}\n', young: '' },
  ]);

  it('a list is put back whole', async () => {
    const list = to.slice(to.indexOf('      - a'), to.indexOf('    # trail'));
    const expected = to.replace(list, '    - a\n    - name: b\n      v: 1\n');
    expect(await copied('/etc/a.yaml', { from, to }, 'server.list')).toBe(expected);
  });

  it('an alias whose anchor is missing is refused', async () => {
    await expect(copied('/etc/a.yaml', { from, to }, 'server.ref')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('server.ref of /etc/a.yaml'),
    });
  });
});

describe('TOML', () => {
  const from = `title = "x"
[a]
b.c = 1
l = [1,
  2]
[a.d]
z = {p=1, q=2}
[[s]]
n = 1
[s.k]
v = 0x10
[[s]]
n = 2
`;
  const to = `title = "y" # t

[a]
l = [3] # list

# arr
[[s]]
n = 5
`;
  cases('/etc/a.toml', { from, to }, [
    { key: 'title', old: '"y"', young: '"x"' },
    { key: 'a.b.c', old: '[a]\n', young: '[a]\nb.c = 1\n' },
    { key: 'a.l', old: '[3]', young: '[1,\n  2]' },
    { key: 'a.l[1]', old: '[3]', young: '[3, 2]' },
    { key: 'a.d', old: '# list\n', young: '# list\n\n[a.d]\nz = {p=1, q=2}\n' },
    { key: 's[1]', old: 'n = 5\n', young: 'n = 5\n\n[[s]]\nn = 2\n' },
    { key: 's[0].k.v', old: 'n = 5\n', young: 'n = 5\n\n[s.k]\nv = 0x10\n' },
    { key: 's', old: '[[s]]\nn = 5\n', young: from.slice(from.indexOf('[[s]]')) },
  ]);
});

describe('lines', () => {
  const unit = {
    from: '[Unit]\nDescription=Foo\n[Service]\nExecStart=/bin/a \\\n  --b\nEnvironment=A=1\nEnvironment=B=2\n\n[Install]\nWantedBy=x\n',
    to: '# own\n[Service]\nExecStart = /bin/c\n; kept\nEnvironment=A=9\nType=x',
  };
  cases('/etc/systemd/system/a.service', unit, [
    { key: 'Service.ExecStart', old: '/bin/c', young: '/bin/a \\\n  --b' },
    { key: 'Service.Environment', old: 'A=9', young: 'A=1' },
    { key: 'Service.Environment[1]', old: 'A=9', young: 'A=9\nEnvironment=B=2' },
    { key: 'Service.Type', old: '\nType=x', young: '' },
    { key: 'Install', old: 'Type=x', young: 'Type=x\n\n[Install]\nWantedBy=x' },
    { key: 'Unit.Description', old: '# own', young: '[Unit]\nDescription=Foo\n\n# own' },
  ]);

  const sshd = {
    from: 'PermitRootLogin no\nHostKey /a\nMatch User git\n  X11Forwarding no\nMatch all\n  Banner /x\n',
    to: 'Port 22\n#PermitRootLogin no\nPermitRootLogin   yes # hm\nMatch User git\n    X11Forwarding yes\n    ForceCommand "a b"\n',
  };
  cases('/etc/ssh/sshd_config', sshd, [
    { key: 'PermitRootLogin', old: 'yes # hm', young: 'no # hm' },
    { key: 'HostKey', old: '# hm\n', young: '# hm\nHostKey /a\n' },
    { key: 'Match User git.X11Forwarding', old: 'Forwarding yes', young: 'Forwarding no' },
    { key: 'Match User git.ForceCommand', old: '    ForceCommand "a b"\n', young: '' },
    { key: 'Match all.Banner', old: '"a b"\n', young: '"a b"\n\nMatch all\n  Banner /x\n' },
  ]);

  const sysctl = { from: 'net.ipv4.ip_forward=1\nvm.swappiness = 10\n', to: '# c\r\nvm.swappiness = 60\r\n' };
  cases('/etc/sysctl.d/1.conf', sysctl, [
    { key: 'vm.swappiness', old: '60', young: '10' },
    { key: 'net.ipv4.ip_forward', old: 'vm.', young: 'net.ipv4.ip_forward=1\r\nvm.' },
    { key: 'net', old: 'vm.', young: 'net.ipv4.ip_forward=1\r\nvm.' },
  ]);

  it('bytes that are no UTF-8 stay as they are', async () => {
    const [from, to] = ['A=1\n', '# \xe9\nA=2\n'].map((text) => Buffer.from(text, 'latin1'));
    const content = await copyKey({ path: '/etc/default/x', from, to, key: 'A' });
    expect(Buffer.from(content).toString('latin1')).toBe('# \xe9\nA=1\n');
  });
});

describe('without another version', () => {
  it.each([
    ['/a.json', '{"a": {"b": 1}}', 'a.b', '{"a": {}}'],
    ['/a.yaml', 'a:\n  b: 1\nc: 2\n', 'a.b', 'a: {}\nc: 2\n'],
    ['/a.toml', '[a]\nb = 1\n', 'a.b', '[a]\n'],
    ['/a.ini', '[a]\nb = 1\nb = 2\n', 'a.b[1]', '[a]\nb = 1\n'],
  ])('the key of %s is removed, and nothing else', async (path, to, key, expected) => {
    expect(await copied(path, { to }, key)).toBe(expected);
  });
});

describe('what can not be done is refused', () => {
  it.each([
    [
      'a file that does not parse',
      '/a.json',
      '{"a": 1}',
      '{"a":\n x}',
      'a',
      'STATE_UNREADABLE',
      /\/a\.json as it is now.*line 2, column 2/,
    ],
    ['a file of no known format', '/a.txt', 'a=1', 'a=2', 'a', 'UNSUPPORTED', /format is not known/],
    ['a text that is no key', '/a.json', '{"a": 1}', '{}', 'a..b', 'INVALID_NAME', /is no key/],
    [
      'a key that no version has',
      '/a.json',
      '{"a": 1}',
      '{}',
      'b',
      'PATH_NOT_FOUND',
      /There is no b in \/a\.json/,
    ],
    [
      'an item behind the end of a list',
      '/a.json',
      '[1, 2, 3]',
      '[1]',
      '[2]',
      'UNSUPPORTED',
      /only 1 items here/,
    ],
    [
      'a value in another form',
      '/a.toml',
      '[a]\nb = 1\n',
      'a = {b = 2, c = 3}\n',
      'a.b',
      'UNSUPPORTED',
      /another form/,
    ],
  ])('%s', async (_, path, from, to, key, code, message) => {
    await expect(copied(path, { from, to }, key)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
