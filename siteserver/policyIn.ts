import type { AgentLog } from '../client/base/log.ts';
import { sentence } from '../client/http/errors.ts';
import type { CachedPolicy } from '../client/policies/cache.ts';
import { readPackageServerPolicy, type PackageServerPolicy, type WantedPackage } from '../wire/packageServer.ts';
import { AGENT_CLSID } from '../wire/wellKnown.ts';

/** The policy together with the list of packages that it names. */
export interface FollowedPolicy extends PackageServerPolicy {
  packages: readonly WantedPackage[];
}

/** The package-server policy among those of this computer; `undefined`: it was not given the package service. */
export function policyIn(policies: Iterable<CachedPolicy>, log: AgentLog): PackageServerPolicy | undefined {
  for (const policy of policies) {
    for (const part of policy.clientPolicies) {
      if (part.attributes.agentClsid !== AGENT_CLSID.packageServer) continue;
      try {
        return readPackageServerPolicy(part);
      } catch (error) {
        log.warn(`Policy "${policy.name}" cannot be followed: ${sentence(error)}.`);
      }
    }
  }
  return undefined;
}
