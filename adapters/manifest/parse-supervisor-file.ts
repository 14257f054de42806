// Reads a file of supervisord as Python's configparser does, as supervisord sets that up: no duplicates are refused, comments
// begin with ; or #, and an indented line goes on with the value before it.
import type { DeclaredService, ManifestFlaw, ParsedManifest } from './parsed-manifest.js';

interface Section {
  readonly name: string;
  readonly line: number;
  readonly options: Map<string, string>;
}

const PROGRAM = /^(?:program|fcgi-program|eventlistener):(.*)$/;
/** The first of either ends the name of an option. */
const OPTION = /^([^=:]*?)\s*[=:]\s*(.*)$/;

export function parseSupervisorFile(text: string): ParsedManifest {
  const { sections, flaws } = readSections(text);
  const declared = new Map<string, DeclaredService>();
  for (const { name, line, options } of sections.values()) {
    const program = PROGRAM.exec(name)?.[1].trim();
    if (program === undefined) continue;
    const command = options.get('command') ?? '';
    if (command === '') flaws.push({ line, column: 1, message: `[${name}] has no command` });
    else declared.set(program, { name: program, says: { command } });
  }
  return { declared: [...declared.values()], flaws: flaws.sort((left, right) => left.line - right.line) };
}

function readSections(text: string): { sections: Map<string, Section>; flaws: ManifestFlaw[] } {
  const sections = new Map<string, Section>();
  const flaws: ManifestFlaw[] = [];
  let section: Section | undefined;
  let option: { readonly name: string; readonly indent: number } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const content = withoutComment(raw).trim();
    if (content === '') continue;
    const line = index + 1;
    const indent = raw.search(/\S/);
    const refuse = (message: string) => void flaws.push({ line, column: indent + 1, message });
    if (section !== undefined && option !== undefined && indent > option.indent) {
      section.options.set(option.name, `${section.options.get(option.name)}\n${content}`);
      continue;
    }
    const header = /^\[(.+)\]/.exec(content);
    if (header !== null) {
      const [, name] = header;
      section = sections.get(name) ?? { name, line, options: new Map() };
      sections.set(name, section);
      option = undefined;
      continue;
    }
    const [, name, value] = OPTION.exec(content) ?? [];
    if (content.startsWith('[')) refuse(`'${content}' begins a section without ending its name with ]`);
    else if (section === undefined) refuse(`'${content}' stands before the first section`);
    else if (!name) refuse(`'${content}' is neither a section nor an option with = and a value`);
    else {
      section.options.set(name.toLowerCase(), value);
      option = { name: name.toLowerCase(), indent };
    }
  }
  return { sections, flaws };
}

/** At the beginning of a line, or after a blank. */
function withoutComment(line: string): string {
  const start = line.search(/(?:^|(?<=\s))[;#]/);
  return start === -1 ? line : line.slice(0, start);
}
