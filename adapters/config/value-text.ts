// Values as texts: equal texts for equal values, and different ones where a reader would see a difference, such as 8080 and '8080'.

/** What some reader of some format takes for something else than a string; the words of YAML 1.1 are among it. */
const NO_STRING = [
  /^(?:true|false|null|yes|no|on|off|y|n|~|[-+]?\.?(?:inf|nan))$/i,
  /^[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[-+]?\d+)?$/i,
  /^[-+]?0[xob][\da-f_]+$/i,
  /^[-+]?\d+(?::\d+)+(?:\.\d*)?$/,
  /^\d{4}-\d\d?-\d\d?/,
  /^["{[*!&]/,
  /^\s|\s$|\p{Cc}/u,
];
const ORDINARY = /^[A-Za-z_/][\w/.-]{8,}$/;

/** A string: bare where nothing else could be meant. */
export function stringText(value: string): string {
  if (ORDINARY.test(value)) return value;
  return value === '' || NO_STRING.some((pattern) => pattern.test(value)) ? JSON.stringify(value) : value;
}
