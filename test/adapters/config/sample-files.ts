// Files of each format with random content, written in random ways, with a comment above each entry that tells it from all others.
import fc from 'fast-check';

export interface SampleFormat {
  /** For its format. */
  readonly path: string;
  write(content: Mapping, style: Style): string;
}

export type Scalar = string | number | boolean;
export interface Mapping {
  readonly [name: string]: Scalar | readonly Scalar[] | Mapping;
}

export interface Style {
  readonly indent: number;
  readonly eol: string;
  readonly mark: string;
  /** Whether the last line has an end. */
  readonly isEnded: boolean;
  /** Tells the comments of this file from those of another one. */
  readonly name: string;
}

const NAMES = ['a', 'b', 'name', 'x.y', 'with blank', '[0]', 'é'];
const PLAIN_NAMES = ['alpha', 'beta', 'gamma', 'delta'];
const SCALAR = fc.oneof(
  fc.constantFrom<Scalar>('word', '8080', 'true', 'a b', 'it "is"', '/etc/x', 'a#b', 'x: y', ''),
  fc.integer({ min: -9, max: 9999 }),
  fc.boolean(),
);

/** Mappings of mappings, at most three deep. */
export const NESTED: fc.Arbitrary<Mapping> = nested(2);
/** Sections of plain values, and some that are in none. */
export const SECTIONS: fc.Arbitrary<Mapping> = fc
  .tuple(flat(), fc.dictionary(fc.constantFrom('One', 'Two', 'Three'), flat(), { maxKeys: 3 }))
  .map(([top, sections]) => ({ ...top, ...sections }));
export const FLAT: fc.Arbitrary<Mapping> = flat();

export function styles(name: string): fc.Arbitrary<Style> {
  return fc.record({
    indent: fc.constantFrom(2, 4),
    eol: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\uFEFF'),
    isEnded: fc.boolean(),
    name: fc.constant(name),
  });
}

function nested(levels: number): fc.Arbitrary<Mapping> {
  const value =
    levels === 0
      ? SCALAR
      : fc.oneof(
          { weight: 3, arbitrary: SCALAR },
          { weight: 1, arbitrary: fc.array(SCALAR, { minLength: 1, maxLength: 3 }) },
          { weight: 2, arbitrary: nested(levels - 1) },
        );
  return fc.dictionary(fc.constantFrom(...NAMES), value, { minKeys: 1, maxKeys: 4 }) as fc.Arbitrary<Mapping>;
}

function flat(): fc.Arbitrary<Mapping> {
  return fc.dictionary(
    fc.constantFrom(...PLAIN_NAMES),
    fc.oneof(fc.constantFrom('word', 'two words', '/etc/x', '1:2'), fc.integer()),
    { maxKeys: 4 },
  );
}

export const SAMPLE_FORMATS: Readonly<Record<string, SampleFormat & { content: fc.Arbitrary<Mapping> }>> = {
  json: {
    path: '/etc/app.json',
    content: NESTED,
    write: (content, style) => finish(json(content, style), style),
  },
  yaml: {
    path: '/etc/app.yaml',
    content: NESTED,
    write: (content, style) => finish(yaml(content, style), style),
  },
  toml: {
    path: '/etc/app.toml',
    content: NESTED,
    write: (content, style) => finish(toml(content, style), style),
  },
  ini: {
    path: '/etc/app.ini',
    content: SECTIONS,
    write: (content, style) => finish(ini(content, style), style),
  },
  systemd: {
    path: '/etc/systemd/system/app.service',
    content: SECTIONS,
    write: (content, style) => finish(ini(content, style), style),
  },
  properties: {
    path: '/etc/default/app',
    content: FLAT,
    write: (content, style) =>
      finish(
        lines(content, (name, value) => `${name}="${value}"`, commenting('#', style)),
        style,
      ),
  },
  sshd: {
    path: '/etc/ssh/sshd_config',
    content: SECTIONS,
    write: (content, style) => finish(sshd(content, style), style),
  },
};

function finish(written: readonly string[], { eol, mark, isEnded }: Style): string {
  return mark + written.join(eol) + (isEnded && written.length > 0 ? eol : '');
}

/** Comments, no two of them equal. */
function commenting(sign: string, { name }: Style): () => string {
  let count = 0;
  return () => `${sign} ${name} ${count++}`;
}

function isMapping(value: Mapping[string]): value is Mapping {
  return typeof value === 'object' && !Array.isArray(value);
}

function json(content: Mapping, style: Style): string[] {
  const comment = commenting('//', style);
  const write = (value: Mapping, depth: number): string[] => {
    const indent = ' '.repeat(style.indent * depth);
    const entries = Object.entries(value);
    return entries.flatMap(([name, each], at) => {
      const comma = at === entries.length - 1 ? '' : ',';
      const start = `${indent}${JSON.stringify(name)}: `;
      if (!isMapping(each)) return [`${indent}${comment()}`, `${start}${JSON.stringify(each)}${comma}`];
      return [`${indent}${comment()}`, `${start}{`, ...write(each, depth + 1), `${indent}}${comma}`];
    });
  };
  return ['{', ...write(content, 1), '}'];
}

function yaml(content: Mapping, style: Style): string[] {
  const comment = commenting('#', style);
  const scalar = (value: Scalar) =>
    typeof value === 'string' && /^[a-z/]+$/.test(value) ? value : JSON.stringify(value);
  const write = (value: Mapping, depth: number): string[] => {
    const indent = ' '.repeat(style.indent * depth);
    return Object.entries(value).flatMap(([name, each]) => {
      const start = `${indent}${/^\w+$/.test(name) ? name : JSON.stringify(name)}:`;
      const above = `${indent}${comment()}`;
      if (isMapping(each)) return [above, start, ...write(each, depth + 1)];
      if (typeof each !== 'object') return [above, `${start} ${scalar(each)}  ${comment()}`];
      return [above, start, ...each.map((item) => `${indent}- ${scalar(item)}`)];
    });
  };
  return write(content, 0);
}

function toml(content: Mapping, style: Style): string[] {
  const comment = commenting('#', style);
  const key = (name: string) => (/^\w+$/.test(name) && /^[a-z]+$/.test(name) ? name : JSON.stringify(name));
  const write = (value: Mapping, path: string): string[] => {
    const entries = Object.entries(value);
    const own = entries.filter(([, each]) => !isMapping(each));
    const tables = entries.filter(([, each]) => isMapping(each));
    return [
      ...own.flatMap(([name, each]) => [comment(), `${key(name)} = ${JSON.stringify(each)} ${comment()}`]),
      ...tables.flatMap(([name, each]) => {
        const inner = path === '' ? key(name) : `${path}.${key(name)}`;
        return ['', comment(), `[${inner}]`, ...write(each as Mapping, inner)];
      }),
    ];
  };
  return write(content, '');
}

type WriteLine = (name: string, value: string) => string;

function lines(content: Mapping, write: WriteLine, comment: () => string): string[] {
  return Object.entries(content)
    .filter(([, value]) => !isMapping(value))
    .flatMap(([name, value]) => [comment(), write(name, String(value))]);
}

function ini(content: Mapping, style: Style): string[] {
  const comment = commenting(';', style);
  const write: WriteLine = (name, value) => `${name}${' '.repeat(style.indent - 2)}=${value}`;
  const sections = Object.entries(content).filter(([, value]) => isMapping(value));
  return [
    ...lines(content, write, comment),
    ...sections.flatMap(([name, value]) => ['', `[${name}]`, ...lines(value as Mapping, write, comment)]),
  ];
}

function sshd(content: Mapping, style: Style): string[] {
  const comment = commenting('#', style);
  const sections = Object.entries(content).filter(([, value]) => isMapping(value));
  return [
    ...lines(content, (name, value) => `${name} ${value}`, comment),
    ...sections.flatMap(([name, value]) => [
      `Match User ${name}`,
      ...lines(value as Mapping, (each, written) => `${' '.repeat(style.indent)}${each} ${written}`, comment),
    ]),
  ];
}
