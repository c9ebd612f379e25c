/** Style, script and icons: cached for a year under an address that changes with their content. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';
import { BASE } from './paths.ts';

const PUBLIC = fileURLToPath(new URL('../../public/', import.meta.url));
const UPLOT = fileURLToPath(new URL('../../node_modules/uplot/dist/', import.meta.url));

const FILES: Record<string, string> = {
  'style.css': PUBLIC,
  'console.js': PUBLIC,
  'charts.js': PUBLIC,
  'icons.svg': PUBLIC,
  'favicon.svg': PUBLIC,
  'uPlot.iife.min.js': UPLOT,
  'uPlot.min.css': UPLOT,
};

export type AssetUrl = (name: string) => string;

/** Addresses with the content's hash, made once. */
export function assetUrls(): AssetUrl {
  const urls = new Map(
    Object.entries(FILES).map(([name, folder]) => {
      const hash = createHash('sha256')
        .update(readFileSync(folder + name))
        .digest('base64url')
        .slice(0, 12);
      return [name, `${BASE}/assets/${name}?v=${hash}`];
    }),
  );
  return (name) => urls.get(name)!;
}

export function assetPages(): Router {
  const router = express.Router();
  const options = { index: false, redirect: false, immutable: true, maxAge: '365d' } as const;
  router.use(express.static(PUBLIC, options));
  router.use((request, response, next) => {
    const name = request.path.slice(1);
    if (FILES[name] !== UPLOT) return next();
    response.sendFile(name, { ...options, root: UPLOT });
  });
  router.use((_request, response) => {
    response.status(404).type('text/plain').send('There is no such file.\n');
  });
  return router;
}
