/** What the software-delivery policies ask of this computer, one entry an advertisement. */
import type { Guid } from '../../wire/guid.ts';
import {
  readSoftwareDelivery,
  type SoftwareAdvertisement,
  type SoftwarePackage,
  type SoftwareProgram,
} from '../../wire/softwareDelivery.ts';
import { AGENT_CLSID } from '../../wire/wellKnown.ts';
import { sentence } from '../../client/http/errors.ts';
import type { CachedPolicy } from '../../client/policies/cache.ts';

export interface Delivery {
  package: SoftwarePackage;
  program: SoftwareProgram;
  advertisement: SoftwareAdvertisement;
}

const PRIORITIES = ['VeryHigh', 'High', 'Normal', 'Low'];

/** Deliveries by priority of their package. A policy that cannot be read is told and passed over; the others count. */
export function deliveriesOf(policies: Iterable<CachedPolicy>, warn: (line: string) => void): Delivery[] {
  const deliveries: Delivery[] = [];
  for (const policy of policies) {
    for (const part of policy.clientPolicies) {
      if (part.attributes.agentClsid !== AGENT_CLSID.softwareDelivery) continue;
      try {
        deliveries.push(...readSoftwareDelivery(part).flatMap(ofPackage));
      } catch (error) {
        warn(`Policy "${policy.name}" cannot be followed: ${sentence(error)}`);
      }
    }
  }
  return deliveries.sort((a, b) => rank(a) - rank(b));
}

function ofPackage(software: SoftwarePackage): Delivery[] {
  return software.advertisements
    .filter((advertisement) => advertisement.enabled)
    .map((advertisement) => {
      const program = software.programs.find((candidate) => candidate.guid === advertisement.programGuid);
      if (program === undefined) throw new Error(`program ${advertisement.programGuid} is not in the policy`);
      return { package: software, program, advertisement };
    });
}

function rank(delivery: Delivery): number {
  const place = PRIORITIES.indexOf(delivery.package.priority);
  return place === -1 ? PRIORITIES.indexOf('Normal') : place;
}

/** Every package that a policy names, enabled or not: those are not cleaned up. */
export function packagesOf(policies: Iterable<CachedPolicy>): Map<Guid, SoftwarePackage> {
  const packages = new Map<Guid, SoftwarePackage>();
  for (const policy of policies) {
    for (const part of policy.clientPolicies) {
      if (part.attributes.agentClsid !== AGENT_CLSID.softwareDelivery) continue;
      try {
        for (const software of readSoftwareDelivery(part)) packages.set(software.guid, software);
      } catch {
        // `deliveriesOf` has told it.
      }
    }
  }
  return packages;
}
