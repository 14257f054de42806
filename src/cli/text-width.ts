// How many columns of a terminal a text takes.

const STYLE = /\x1b\[[\d;]*m/g;
const PLAIN = /^[ -~]*$/;
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** The wide and full-width ranges of Unicode's East Asian Width, roughly, and emoji. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})$/u;

export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  const visible = text.replace(STYLE, '');
  if (PLAIN.test(visible)) return visible.length;
  let width = 0;
  for (const character of visible) width += widthOf(character);
  return width;
}

/** The start of `text` that fits into `columns`, which ends with `…` where something is cut off. */
export function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

function widthOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
