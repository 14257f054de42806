// Colours and weights for terminals that want them.

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  inverse(text: string): string;
}

export function createStyle(enabled: boolean): Style {
  const wrap = (start: number, end: number) => (text: string) =>
    enabled && text !== '' ? `\x1b[${start}m${text}\x1b[${end}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    cyan: wrap(36, 39),
    inverse: wrap(7, 27),
  };
}

/** Only a terminal gets colours, and not where $NO_COLOR is set (no-color.org) or the terminal is a dumb one. */
export function wantsStyle(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}
