// What the house rules need to know of one source file: its imports, exports, functions and opening comment.
// Reads text only; a file that does not parse is reported, never skipped.
import { type Comment, parseSync } from 'oxc-parser';

/** How one module names another: `address` is a `new URL(…, import.meta.url)`, as given to a worker. */
export interface ImportFact {
  /** What is imported; `undefined` where it is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
  readonly kind: 'import' | 'address';
}

export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface NamedLine {
  readonly name: string;
  readonly line: number;
}

export interface ModuleFacts {
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  /** `export *` (also `as` a name) and default exports, each as 'star' or 'default'. */
  readonly looseExports: readonly NamedLine[];
  /** Uses of names that only Node defines. */
  readonly nodeGlobals: readonly NamedLine[];
  /** Lines of the comment that the file opens with; 0 where it opens with code. */
  readonly openingCommentLines: number;
  readonly errors: readonly string[];
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const NODE_GLOBALS = new Set([
  'process',
  'Buffer',
  'require',
  'global',
  'setImmediate',
  '__dirname',
  '__filename',
]);
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** The facts of the module `text`, whose file name says whether it is TypeScript. */
export function parseModule(path: string, text: string): ModuleFacts {
  const { program, comments, errors } = parseSync(path, text);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const found = { imports: [], functions: [], looseExports: [], nodeGlobals: [] } as Findings;
  walk(program as unknown as SyntaxNode, undefined, (node, parent) => {
    const line = lineAt(node.start);
    const reference = readImport(node);
    if (reference !== undefined) found.imports.push({ ...reference, line });
    const loose = readLooseExport(node);
    if (loose !== undefined) found.looseExports.push({ name: loose, line });
    if (isNodeGlobal(node, parent)) found.nodeGlobals.push({ name: String(node.name), line });
    if (FUNCTIONS.has(node.type)) {
      found.functions.push({ name: nameOf(node, parent), line, lines: lineAt(node.end) - line + 1 });
    }
  });
  const openingCommentLines = countOpeningLines(text, comments);
  return { ...found, openingCommentLines, errors: errors.map((error) => error.message) };
}

interface Findings {
  imports: ImportFact[];
  functions: FunctionFact[];
  looseExports: NamedLine[];
  nodeGlobals: NamedLine[];
}

type Visit = (node: SyntaxNode, parent: SyntaxNode | undefined) => void;

function walk(node: SyntaxNode, parent: SyntaxNode | undefined, visit: Visit): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isSyntaxNode(child)) walk(child, node, visit);
    }
  }
}

function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}

function readImport(node: SyntaxNode): Omit<ImportFact, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
    case 'ExportAllDeclaration':
      return { specifier: readText(node.source), kind: 'import' };
    case 'ExportNamedDeclaration':
      return node.source ? { specifier: readText(node.source), kind: 'import' } : undefined;
    case 'TSExternalModuleReference':
      return { specifier: readText(node.expression), kind: 'import' };
    case 'CallExpression':
      return isRequire(node.callee)
        ? { specifier: readText(firstArgument(node)), kind: 'import' }
        : undefined;
    case 'NewExpression':
      return readAddress(node);
    default:
      return undefined;
  }
}

function isRequire(callee: unknown): boolean {
  if (!isSyntaxNode(callee)) return false;
  if (callee.type === 'MemberExpression')
    return isRequire(callee.object) && readName(callee.property) === 'resolve';
  return readName(callee) === 'require';
}

function readAddress(node: SyntaxNode): Omit<ImportFact, 'line'> | undefined {
  const specifier = readText(firstArgument(node));
  if (readName(node.callee) !== 'URL' || specifier === undefined || !/\.[cm]?[jt]s$/.test(specifier)) {
    return undefined;
  }
  const isRelativeOrWhole = specifier.startsWith('.') || specifier.includes(':');
  return { specifier: isRelativeOrWhole ? specifier : `./${specifier}`, kind: 'address' };
}

function firstArgument(node: SyntaxNode): unknown {
  return (node.arguments as unknown[])[0];
}

/** The value of a string literal, or of a template without expressions. */
function readText(node: unknown): string | undefined {
  if (!isSyntaxNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral') return undefined;
  const pieces = node.quasis as { value: { cooked: string } }[];
  return pieces.length === 1 ? pieces[0].value.cooked : undefined;
}

function readName(node: unknown): string | undefined {
  return isSyntaxNode(node) && typeof node.name === 'string' ? node.name : undefined;
}

function readLooseExport(node: SyntaxNode): 'star' | 'default' | undefined {
  if (node.type === 'ExportAllDeclaration') return 'star';
  if (node.type === 'ExportDefaultDeclaration' || node.type === 'TSExportAssignment') return 'default';
  return node.type === 'ExportSpecifier' && readName(node.exported) === 'default' ? 'default' : undefined;
}

function isNodeGlobal(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (node.type !== 'Identifier' || !NODE_GLOBALS.has(String(node.name)) || parent === undefined)
    return false;
  return parent.computed === true || (parent.property !== node && parent.key !== node);
}

function nameOf(node: SyntaxNode, parent: SyntaxNode | undefined): string {
  const own = readName(node.id);
  if (own !== undefined) return own;
  const given = readName(parent?.id) ?? readName(parent?.key) ?? readName(parent?.left);
  if (given !== undefined) return given;
  return parent?.type === 'CallExpression'
    ? `callback of ${readName(parent.callee) ?? 'a call'}`
    : 'anonymous function';
}

function countOpeningLines(text: string, comments: readonly Comment[]): number {
  let end = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0;
  let lines = 0;
  for (const comment of comments) {
    const gap = text.slice(end, comment.start);
    const isNext = gap.trim() === '' && (lines === 0 || gap.split('\n').length <= 2);
    const isDocumentation = lines > 0 && comment.type === 'Block';
    if (!isNext || isDocumentation || /^\s*(biome-ignore|@ts-)/.test(comment.value)) break;
    lines += comment.value.split('\n').length;
    end = comment.end;
  }
  return lines;
}
