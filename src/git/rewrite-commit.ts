// Commits and tags whose texts refer to other objects than in the store. Nothing else in them changes, but that signatures go,
// which would no longer hold. Where all is as it was, the bytes are.

import { decodeName, encodeName } from '../../store/names.js';
import type { ObjectId } from '../../store/object-id.js';
import { withoutSignature } from './tag-signature.js';

/** The content of a commit with another tree and other parents. */
export function rewriteCommit(
  content: Uint8Array,
  to: { readonly tree: ObjectId; readonly parents: readonly ObjectId[] },
): Uint8Array {
  const { headers, message } = split(content);
  const references = [`tree ${to.tree}`, ...to.parents.map((parent) => `parent ${parent}`)];
  const isSame = headers.slice(0, references.length).join('\n') === references.join('\n');
  const isWhole = headers[references.length]?.startsWith('author ') === true;
  // Git takes no commit with a zero byte in it.
  if (isSame && isWhole && !message.includes('\0')) return content;
  const others = headers.filter((header) => !/^(tree|parent|gpgsig|gpgsig-sha256) /.test(header));
  return encodeName(`${[...references, ...others].join('\n')}\n\n${message.replaceAll('\0', '')}`);
}

/** The content of an annotated tag of another object. */
export function rewriteTag(content: Uint8Array, to: { readonly object: ObjectId }): Uint8Array {
  const { headers, message } = split(content);
  if (headers[0] === `object ${to.object}`) return content;
  const others = headers.filter((header) => !/^(object|gpgsig|gpgsig-sha256) /.test(header));
  return encodeName(`${[`object ${to.object}`, ...others].join('\n')}\n\n${withoutSignature(message)}`);
}

/** The content of an annotated tag as it is signed: without the signature that it may have. */
export function unsignedTag(content: Uint8Array): Uint8Array {
  const { headers, message } = split(content);
  return encodeName(`${headers.join('\n')}\n\n${withoutSignature(message)}`);
}

/** Header by header, each with the lines that continue it. */
function split(content: Uint8Array): { headers: string[]; message: string } {
  const text = decodeName(content);
  const end = text.indexOf('\n\n');
  const headers = text.slice(0, end).split(/\n(?! )/);
  return { headers, message: text.slice(end + 2) };
}
