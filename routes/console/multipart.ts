/** Forms with a file (`enctype="multipart/form-data"`): small text files only, read as text beside the other fields. */
import express, { type RequestHandler } from 'express';

const MOST_BYTES = 2 * 1024 * 1024;
const MOST_PARTS = 20;

/**
 * Leaves the fields in `request.body`, as for any other form; a file's text stands under its field's name. Nobody has
 * such a form before he is signed in, and megabytes of strangers are not read.
 */
export function multipartForms(): RequestHandler[] {
  const read = express.raw({ type: 'multipart/form-data', limit: MOST_BYTES });
  return [
    (request, response, next) => (request.user === undefined ? next() : read(request, response, next)),
    (request, _response, next) => {
      if (Buffer.isBuffer(request.body)) request.body = readParts(request.body, request.get('content-type') ?? '');
      next();
    },
  ];
}

/** What does not keep to the form is passed over: without the form's token nothing happens anyway. */
export function readParts(body: Buffer, contentType: string): Record<string, string> {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  const fields = Object.create(null) as Record<string, string>;
  if (boundary === null) return fields;
  const mark = Buffer.from(`--${boundary[1] ?? boundary[2]}`);
  let at = body.indexOf(mark);
  for (let parts = 0; at !== -1 && parts < MOST_PARTS; parts++) {
    const begin = at + mark.length;
    const end = body.indexOf(mark, begin);
    if (end === -1) break;
    const head = body.indexOf('\r\n\r\n', begin);
    if (head !== -1 && head < end) {
      const name = /\bname="([^"]*)"/i.exec(body.toString('utf8', begin, head))?.[1];
      // The line end before the boundary belongs to it.
      if (name !== undefined) fields[name] = body.toString('utf8', head + 4, Math.max(head + 4, end - 2));
    }
    at = end;
  }
  return fields;
}
