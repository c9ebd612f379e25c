/** The tab XML: the package as one document, to read and to keep. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { packageXml } from '../../../models/packages/packageXml.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { loadPackage } from './loadPackage.ts';
import { packagePage } from './packagePage.ts';

export function registerPackageXml(router: Router, context: AppContext): void {
  router.get('/packages/:guid/xml', async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    await render(request, response, 'packages/xml', {
      ...packagePage(context, request, software, '/xml'),
      refresh: undefined,
      xml: await packageXml(context.cmdb, software),
      exportHref: at(`/packages/${software.Guid}/package.xml`),
    });
  });

  router.get('/packages/:guid/package.xml', async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    // A name of letters and digits: what a package is called goes into no header.
    const name =
      software.Name.toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .slice(0, 60) || 'package';
    response
      .attachment(`${name}.xml`)
      .type('application/xml')
      .send(await packageXml(context.cmdb, software));
  });
}
