/** A package as one XML document, to read, to keep and to compare: fields, source, distribution and programs, no files. */
import { create } from 'xmlbuilder2';
import { braces, type Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { readDistributions, TO_ALL } from '../packageServers/distribution.ts';
import { addElement, type AttributeValue } from '../policies/policyXml.ts';
import type { PackageDetail } from './getPackage.ts';
import type { Program } from './programs.ts';

export async function packageXml(session: Session, software: PackageDetail): Promise<string> {
  const document = create({ version: '1.0', encoding: 'UTF-8' });
  const root = addElement(document, 'Package', {
    guid: braces(software.Guid),
    name: software.Name,
    version: software.VersionText,
    publisher: software.Publisher,
    language: software.Language,
    owner: software.Owner,
    priority: software.Priority,
    cleanupAfterMinutes: software.CleanupAfterMinutes,
    enabled: software.IsEnabled === 1,
  });
  addElement(root, 'Description', { text: software.Description });
  addElement(root, 'Source', { kind: software.SourceKind, path: software.SourcePath });
  const { snapshot } = software;
  if (snapshot !== undefined) {
    addElement(root, 'Snapshot', {
      version: snapshot.Version,
      hash: snapshot.Hash,
      files: snapshot.FileCount,
      bytes: Number(snapshot.TotalSize),
      published: snapshot.CreatedAt,
    });
  }
  const { mode, servers, sites } = (await readDistributions(session, software.Guid)).get(software.Guid) ?? TO_ALL;
  const distribution = addElement(root, 'Distribution', { mode });
  for (const guid of [...servers].sort()) addElement(distribution, 'PackageServer', { guid: braces(guid) });
  for (const guid of [...sites].sort()) addElement(distribution, 'Site', { guid: braces(guid) });
  const programs = addElement(root, 'Programs');
  for (const program of software.programs) addElement(programs, 'Program', attributesOf(program));
  return document.end({ prettyPrint: true });
}

function attributesOf({ guid, packageGuid: _package, position: _position, ...fields }: Program) {
  return { guid: braces(guid as Guid), ...(fields as Record<string, AttributeValue>) };
}
