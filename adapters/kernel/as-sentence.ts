// What a program said last, made fit to be followed by what to do about it.

/** Ends with a full stop, whatever it ended with. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
