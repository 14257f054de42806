// What a file is, by the end of its name: few kinds, as nothing depends on it but what a browser shows.

const TYPES: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  css: 'text/css; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  webp: 'image/webp',
  xml: 'application/xml',
  xz: 'application/x-xz',
  zip: 'application/zip',
  zst: 'application/zstd',
};

export const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Ends of names of what is read as text, besides the types above. */
const TEXT = new Set(
  [
    'bash c cc cfg conf cpp diff go h hpp ini java js jsx list log lua md mjs patch php pl properties py rb rs',
  ]
    .concat(['service sh socket sql timer toml ts tsx txt yaml yml'])
    .join(' ')
    .split(' '),
);

export function contentTypeOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const end = dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
  if (TEXT.has(end)) return PLAIN_TEXT;
  return Object.hasOwn(TYPES, end) ? TYPES[end] : 'application/octet-stream';
}
