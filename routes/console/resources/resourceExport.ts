/** A resource as the XML of an event. */
import { once } from 'node:events';
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { exportResource } from '../../../models/resources/readExport.ts';
import { readResource } from '../../../models/resources/readResource.ts';
import { notFound } from '../pageError.ts';
import type { ResourcePlace } from './place.ts';

export function registerExport(router: Router, { cmdb, clock }: AppContext, place: ResourcePlace): void {
  router.get(`${place.path}/export.xml`, async (request, response) => {
    const { guid, noun } = await place.load(request);
    const resource = await readResource(cmdb, guid);
    if (resource === undefined) throw notFound(noun);
    const pieces = exportResource(cmdb, clock, resource);
    // The first piece is read before anything is sent, so that a failure is still an error page.
    let next = await pieces.next();
    response.set('Cache-Control', 'no-store').type('application/xml').attachment(fileName(resource.name, guid));
    while (next.done !== true && !response.destroyed) {
      if (!response.write(next.value)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      next = await pieces.next();
    }
    response.end();
  });
}

/** Names come from machines: only what every file system takes, and the GUID, which tells namesakes apart. */
function fileName(name: string, guid: string): string {
  const plain = name
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${plain === '' ? 'resource' : plain}-${guid}.xml`;
}
