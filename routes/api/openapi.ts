/** The API's description, for everybody who can reach the server: it holds nothing that the product's sources do not. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';

const TYPES = { 'openapi.yaml': 'application/yaml', 'openapi.json': 'application/json' } as const;

export function openapiPages(): Router {
  const router = express.Router();
  for (const [name, type] of Object.entries(TYPES)) {
    const text = readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8');
    router.get(`/${name}`, (_request, response) => {
      response.type(type).send(text);
    });
  }
  return router;
}
