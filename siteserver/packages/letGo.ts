import type { Guid } from '../../wire/guid.ts';
import type { ContentStore } from './contentStore.ts';

/**
 * Throws away what is held of a package, so that it is fetched anew. Content that other packages have too stays: they
 * are served meanwhile, and to verify all files is the order for those.
 */
export function letGo(store: ContentStore, guid: Guid): void {
  const shared = new Set<string>();
  for (const other of store.packages) {
    if (other === guid) continue;
    for (const { files } of store.versions(other)) for (const { hash } of files.values()) shared.add(hash);
  }
  // No longer served first, and its content gone after: nobody is sent half of it.
  const own = store.versions(guid).flatMap(({ files }) => [...files.values()].map(({ hash }) => hash));
  store.removePackage(guid);
  // At one go: whoever fetched in between would find the old content, and call it complete.
  for (const hash of new Set(own)) if (!shared.has(hash)) store.discard(hash);
}
