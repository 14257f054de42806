// What the keys of each format are, and what is wrong where a file has none.
import { describe, expect, it } from 'vitest';
import { diffKeys, readKeys } from '#adapters/config/config-file.js';
import { findFormat } from '#adapters/config/find-format.js';

async function valuesOf(path: string, content: string): Promise<Record<string, string>> {
  const reading = await readKeys(path, content);
  if (reading === undefined || reading.problem !== undefined) throw new Error(JSON.stringify(reading));
  return Object.fromEntries(reading.entries.map(({ key, value }) => [key, value]));
}

describe('keys and values', () => {
  it.each([
    [
      '/a.json',
      '{"a": {"b.c": [1, "1", true, {}]}, /* x */ "n": 1.50,}',
      { 'a."b.c"[0]': '1', 'a."b.c"[1]': '"1"', 'a."b.c"[2]': 'true', 'a."b.c"[3]': '{}', n: '1.50' },
    ],
    [
      '/a.yaml',
      'a: &x\n  on: "yes"\n  l:\n  - {k: v}\nb: *x\nc: |\n  1\n  2\nd: yes\n',
      { 'a.on': '"yes"', 'a.l[0].k': 'v', b: '*x', c: '"1\\n2\\n"', d: 'yes' },
    ],
    ['/a.yml', 'a: 1\n---\na: !secret x\n', { '[0].a': '1', '[1].a': '!secret x' }],
    [
      '/a.toml',
      't = 1979-05-27\n[a.b]\nc.d = "x"\n[[s]]\nn = {p = 0x1, q.r = []}\n[s.k]\nv = 1\n',
      { t: '1979-05-27', 'a.b.c.d': 'x', 's[0].n.p': '0x1', 's[0].n.q.r': '[]', 's[0].k.v': '1' },
    ],
    [
      '/etc/systemd/system/a.service',
      '[Unit]\n# c\nA = b ; c\n[Service]\nExecStart=/x \\\n  --y\nE=1\nE=2\n',
      { 'Unit.A': 'b ; c', 'Service.ExecStart': '/x \n--y', 'Service.E': '1', 'Service.E[1]': '2' },
    ],
    [
      '/root/.gitconfig',
      '[user]\n\tname = A B ; c\n[remote "o.r"]\n\turl = "x"\n\tfetch\n',
      { 'user.name': 'A B', 'remote."o.r".url': 'x', 'remote."o.r".fetch': '' },
    ],
    [
      '/etc/mysql/my.cnf',
      '!includedir /x\n[mysqld]\nport=1 # c\nskip-networking\n',
      { 'mysqld.port': '1', 'mysqld.skip-networking': '' },
    ],
    ['/etc/php/8.2/fpm/php.ini', '[PHP]\nx = "a" ; c\n', { 'PHP.x': 'a' }],
    ['/etc/app.conf', '# c\n\n[s]\na: 1\n  2\nb=c\n', { 's.a': '1\n2', 's.b': 'c' }],
    [
      '/etc/sysctl.d/1.conf',
      '; c\nnet.ipv4.ip_forward = 1\n-a.b=2\n',
      { 'net.ipv4.ip_forward': '1', '-a.b': '2' },
    ],
    [
      '/etc/default/grub',
      `A="a b" # c\nexport B='\nx'\nif y; then\nC=$(z)\nfi\n`,
      { A: 'a b', B: '\nx', C: '$(z)' },
    ],
    ['/a.properties', 'a.b = c\\\n  d\ne:f\ng\\:h i\n! c\nj\n', { 'a.b': 'c\nd', e: 'f', 'g:h': 'i', j: '' }],
    [
      '/etc/ssh/sshd_config',
      'Port 22 # c\nHostKey /a\nHostKey /b\nMatch  User git\n  ForceCommand "x y"\n',
      { Port: '22', HostKey: '/a', 'HostKey[1]': '/b', 'Match User git.ForceCommand': 'x y' },
    ],
  ] as const)('of %s', async (path, content, expected) => {
    expect(await valuesOf(path, content)).toEqual(expected);
    const windows = content.replaceAll('\n', '\r\n');
    expect(await diffKeys({ before: content, after: windows }, path)).toEqual([]);
  });

  it.each(['/etc/nginx/nginx.conf', '/etc/x.yaml.j2', '/etc/hosts', '/usr/bin/ls'])(
    'of %s are not known',
    async (path) => {
      expect(findFormat(path)).toBeUndefined();
      expect(await readKeys(path, 'server {\n  [x]\n}\n')).toBeUndefined();
      expect(await diffKeys({ before: 'a', after: 'b' }, path)).toBeUndefined();
    },
  );
});

describe('a file that can not be read by keys', () => {
  it.each([
    ['/a.json', '{"a":1,\n "b":}', 2, 6, 'syntax'],
    ['/a.json', '{"a":1,\n "a":2}', 2, 2, 'ambiguous'],
    ['/a.json', '['.repeat(100_000), 1, 201, 'limit'],
    ['/a.yaml', 'a:\n  b: 1\n c: 2\n', 3, 1, 'syntax'],
    ['/a.yaml', '['.repeat(100_000), 1, 101, 'limit'],
    ['/a.yaml', 'a: [&b 1, *b, *c]\n', 1, 15, 'syntax'],
    ['/a.toml', 'a = 1\nb = x\n', 2, 5, 'syntax'],
    ['/a.toml', `a = ${'['.repeat(100_000)}`, 1, 105, 'limit'],
  ] as const)('says where: %s', async (path, content, line, column, kind) => {
    const reading = await readKeys(path, content);
    expect(reading?.problem).toMatchObject({ line, column, kind });
    expect(await diffKeys({ before: content, after: content }, path)).toBeUndefined();
  });

  it('says where a byte is that is no UTF-8, which files of lines may have', async () => {
    const bytes = (text: string) => Buffer.from(text, 'latin1');
    const reading = await readKeys('/a.json', bytes('{"a":\n"\xff"}'));
    expect(reading?.problem).toMatchObject({ line: 2, column: 2, kind: 'syntax' });
    const changes = await diffKeys(
      { before: bytes('[s]\na=\xff\n'), after: bytes('[s]\na=\xfe\n') },
      '/a.ini',
    );
    expect(changes?.map(({ key }) => key)).toEqual(['s.a']);
  });

  it('does not grow by what aliases repeat', async () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`,
    );
    const values = await valuesOf('/a.yaml', `l0: &l0 x\n${levels.join('\n')}\n`);
    expect(Object.keys(values)).toHaveLength(61);
  });
});

describe('changes', () => {
  it('are told in order, removed ones where they stood; moved ones are none', async () => {
    const before = '[a]\nx=1\ny=2\nz=3\n[b]\nk=v\n';
    const after = '[b]\nk = w\n\n[a]\n# moved\nz=3\nx=1\nnew=4\n';
    expect(await diffKeys({ before, after }, '/a.ini')).toEqual([
      { key: 'a.y', before: '2' },
      { key: 'b.k', before: 'v', after: 'w' },
      { key: 'a.new', after: '4' },
    ]);
  });

  it('of a large file are found in time that grows with its size only', async () => {
    const large = (count: number) =>
      JSON.stringify(
        Object.fromEntries(Array.from({ length: count }, (_, at) => [`key${at}`, { at, list: ['a', 'b'] }])),
      );
    const cpuOf = async (count: number) => {
      const before = large(count);
      const after = before.replace('"at":7,', '"at":8,');
      const start = process.cpuUsage();
      expect(await diffKeys({ before, after }, '/a.json')).toEqual([
        { key: 'key7.at', before: '7', after: '8' },
      ]);
      return process.cpuUsage(start).user;
    };
    await cpuOf(10_000);
    const [one, eight] = [await cpuOf(5_000), await cpuOf(40_000)];
    // Eight times, if it is linear; 64 times, if each key were looked for among all.
    expect(eight / one).toBeLessThan(30);
  });
});
