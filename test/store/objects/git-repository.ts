// Real git as the judge of our objects: a repository in a temporary directory, and what the tests ask of it.
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

export class GitRepository {
  private readonly directory = createTemporaryDirectory();

  /** Lasts as long as the running test. */
  constructor(format: 'sha1' | 'sha256') {
    this.run(['init', '--quiet', '--bare', `--object-format=${format}`]);
  }

  /** What the command `args` prints. */
  run(args: readonly string[], input: Uint8Array = new Uint8Array()): string {
    return runTool('git', args, { cwd: this.directory, input }).toString('latin1').trimEnd();
  }

  /** Writes an object as git does, after git has looked at its format; answers its id. */
  write(kind: string, content: Uint8Array): string {
    return this.run(['hash-object', '-t', kind, '-w', '--stdin'], content);
  }

  /** Has `git mktree` write trees; each is a list of lines `<mode> <kind> <id>\t<name>`. Answers their ids. */
  makeTrees(trees: readonly (readonly Buffer[])[]): string[] {
    const end = Buffer.from('\0');
    const input = trees.flatMap((lines) => [...lines.flatMap((line) => [line, end]), end]);
    const ids = this.run(['mktree', '-z', '--missing', '--batch'], Buffer.concat(input));
    return ids.split('\n');
  }

  /** Throws unless `git fsck` finds nothing to say of any object, and each that is named is there. */
  check(): void {
    const said = this.run(['fsck', '--strict', '--no-dangling', '--full']);
    if (said !== '') throw new Error(`git fsck says: ${said}`);
  }
}
