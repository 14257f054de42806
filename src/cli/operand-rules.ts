// What the operands mean that several commands take, as their help says it.

export const POINT_RULE =
  'POINT is a name, the start of an id (4 digits or more), latest, or latest~N for the Nth before it.';

export const PATH_RULE = 'PATH is an absolute path on this host, or component:relative/path.';
