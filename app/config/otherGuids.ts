/** The setting that gives the vendor's GUIDs where they are not public: `taskStatus={…},swdStatus={…}`. */
import { parseGuid, type Guid } from '../../wire/guid.ts';

/**
 * @param ours the GUIDs of ours by name
 * @throws Error for an unknown name, what is no GUID, and a GUID that names something else already
 */
export const otherGuids =
  (ours: Readonly<Record<string, Guid>>) =>
  (text: string): ReadonlyMap<string, Guid> => {
    const others = new Map<string, Guid>();
    const taken = new Set<Guid>(Object.values(ours));
    const parts = text
      .split(/[,;]/)
      .map((part) => part.trim())
      .filter((part) => part !== '');
    for (const part of parts) {
      const [name = '', value = ''] = part.split('=').map((side) => side.trim());
      if (!Object.hasOwn(ours, name))
        throw new Error(`names ${name.slice(0, 60)}; known are ${Object.keys(ours).join(', ')}`);
      const guid = parseGuid(value);
      if (guid === undefined) throw new Error(`must be written as ${name}={xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`);
      if (taken.has(guid) || others.has(name)) throw new Error(`gives ${name} a GUID that is in use, or gives it two`);
      taken.add(guid);
      others.set(name, guid);
    }
    return others;
  };
