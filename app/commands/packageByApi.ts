/** `ns package add --url`: the same through the API of a server, which builds the snapshot. */
import { setTimeout as wait } from 'node:timers/promises';
import { InvalidInput, type FieldError } from '../../models/fieldErrors.ts';
import { callApi, type ApiServer } from './apiClient.ts';
import type { CommandIo } from './command.ts';
import type { AddedPackage } from './package.ts';

const LOOK_MS = 1000;

interface PackageView {
  guid: string;
  state: string;
  stateDetail: string;
  currentVersion: number | null;
}

/** Answers `undefined` when no snapshot came of it; why, was said. @throws InvalidInput; nothing was made */
export async function addPackageByApi(
  io: CommandIo,
  server: ApiServer,
  input: Record<string, unknown>,
): Promise<AddedPackage | undefined> {
  const made = await callApi(server, 'POST', '/packages', input);
  if (made.status !== 201) return refused(io, made.body);
  let view = made.body as PackageView;
  while (view.state === 'new' || view.state === 'refreshing') {
    io.progress(view.stateDetail === '' ? 'Waiting for the server.' : view.stateDetail);
    await wait(LOOK_MS);
    const answer = await callApi(server, 'GET', `/packages/${view.guid}`);
    if (answer.status !== 200) return refused(io, answer.body);
    view = answer.body as PackageView;
  }
  if (view.state === 'valid') return { guid: view.guid, version: view.currentVersion };
  io.err(`The package {${view.guid}} was made, but has no snapshot: ${view.stateDetail}`);
  return undefined;
}

/** @throws InvalidInput when the answer tells of fields */
function refused(io: CommandIo, problem: unknown): undefined {
  const { detail, errors } = (problem ?? {}) as { detail?: string; errors?: FieldError[] };
  if (errors !== undefined && errors.length > 0) throw new InvalidInput(errors);
  io.err(detail ?? 'The server gave no reason.');
  return undefined;
}
