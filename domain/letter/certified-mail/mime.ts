/** Finds one named part in a mail (RFC 2045, 2046): as much of MIME as a receipt of certified mail needs. */

const deepest = 8;

type Part = { readonly headers: string; readonly body: string };

const split = (text: string): Part => {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return { headers: text, body: '' };
  return { headers: text.slice(0, end.index), body: text.slice(end.index + end[0].length) };
};

/** A header's value with its folded lines joined. */
const header = (headers: string, name: string): string =>
  new RegExp(`^${name}:((?:.*)(?:\\r?\\n[ \\t].*)*)`, 'im')
    .exec(headers)?.[1]
    ?.replaceAll(/\r?\n[ \t]+/g, ' ')
    .trim() ?? '';

const parameter = (value: string, name: string): string | undefined => {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(value);
  return found?.[1] ?? found?.[2];
};

const decoded = ({ headers, body }: Part): string => {
  switch (header(headers, 'Content-Transfer-Encoding').toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('latin1');
    case 'quoted-printable':
      return body
        .replaceAll(/[ \t]*=\r?\n/g, '')
        .replaceAll(/=([0-9A-Fa-f]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    default:
      return body;
  }
};

const partsOf = (body: string, boundary: string): readonly string[] =>
  body
    .split(
      new RegExp(`(?:^|\\r?\\n)--${boundary.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:--)?[ \\t]*(?=\\r?\\n|$)`),
    )
    .slice(1)
    .map((part) => part.replace(/^\r?\n/, ''));

/** The decoded text of the first part with a file name, one character per byte; `undefined` where the mail has none. */
export const findPart = (mail: string, fileName: string, depth = 0): string | undefined => {
  if (depth > deepest) return undefined;
  const part = split(mail);
  const type = header(part.headers, 'Content-Type');
  const named =
    parameter(header(part.headers, 'Content-Disposition'), 'filename') ?? parameter(`;${type}`, 'name') ?? '';
  if (named.toLowerCase() === fileName) return decoded(part);
  const boundary = parameter(type, 'boundary');
  if (!/^multipart\//i.test(type) || boundary === undefined) return undefined;
  for (const inner of partsOf(part.body, boundary)) {
    const found = findPart(inner, fileName, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
};
