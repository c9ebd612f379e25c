/** The `Policy` element of a policy, built once per change, and the hash by which agents tell it from the last one. */
import { createHash } from 'node:crypto';
import { create } from 'xmlbuilder2';
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js';
import { withoutErrorWord } from '../../wire/errorWord.ts';
import { braces } from '../../wire/guid.ts';
import { AGENT_CLSID } from '../../wire/wellKnown.ts';
import { writeAgentSettings, type ServerFacts } from './agentSettingsXml.ts';
import type { PackageRecord, PolicyRecord } from './policyRecords.ts';
import { addElement } from './policyXml.ts';
import { readSettings, type TaskAgentSettings } from './settings.ts';
import { writeSoftwareDelivery } from './softwareDeliveryXml.ts';

export interface PolicyIndexOptions extends ServerFacts {
  productVersion: string;
}

export interface PolicyBody {
  bytes: Buffer;
  hash: string;
}

/** One sentence for the console: why nobody gets this policy. */
export interface Withheld {
  reason: string;
}

/**
 * 32 upper-case hex digits over bytes. MD5 is the contract's natural reading; it tells a changed policy from an
 * unchanged one and guards nothing.
 */
export function changeHash(bytes: Buffer | string): string {
  return createHash('md5').update(bytes).digest('hex').toUpperCase();
}

/** Builds the body, or says why the policy is in no state to be sent. `software` is the package it names. */
export function buildPolicy(
  policy: PolicyRecord,
  software: PackageRecord | undefined,
  options: PolicyIndexOptions,
): PolicyBody | Withheld {
  if (!policy.isEnabled) return { reason: 'The policy is switched off.' };
  try {
    const text = buildText(policy, software, options);
    if (typeof text !== 'string') return text;
    const bytes = Buffer.from(`${withoutErrorWord(text)}\n`, 'utf8');
    return { bytes, hash: changeHash(bytes) };
  } catch (error) {
    // A row that somebody wrote by hand must not keep all other policies from all computers.
    return { reason: `The policy's settings cannot be read: ${(error as Error).message}` };
  }
}

function buildText(
  policy: PolicyRecord,
  software: PackageRecord | undefined,
  options: PolicyIndexOptions,
): string | Withheld {
  switch (policy.kind) {
    case 'agentSettings': {
      const { root, clientPolicy } = frame(policy, policy.name, AGENT_CLSID.settings, options);
      writeAgentSettings(clientPolicy, readSettings('agentSettings', policy.settings), options);
      return root.toString();
    }
    case 'taskAgent': {
      const { root, clientPolicy } = frame(policy, policy.name, AGENT_CLSID.taskAgent, options);
      addElement(clientPolicy, 'settings', taskAgentAttributes(readSettings('taskAgent', policy.settings)));
      return root.toString();
    }
    case 'softwareDelivery':
      return buildSoftwareDelivery(policy, software, options);
    default:
      return { reason: `Policies of kind ${String(policy.kind)} are not known.` };
  }
}

// KB 150990: old agents know the first two methods only; where one of these is recommended, both attributes say so.
function taskAgentAttributes(settings: TaskAgentSettings): Record<string, string | number> {
  const recommended = settings.serverSelection;
  return {
    timeout: settings.timeoutSeconds,
    taskReportingInterval: settings.reportingIntervalSeconds,
    serverFindMethod: recommended === 'AvailableCapacity' ? 'FewestComputers' : recommended,
    recommendedServerFindMethod: recommended,
  };
}

function buildSoftwareDelivery(
  policy: PolicyRecord,
  software: PackageRecord | undefined,
  options: PolicyIndexOptions,
): string | Withheld {
  if (software === undefined) return { reason: 'The policy names no package.' };
  const program = policy.programGuid === null ? undefined : software.programs.get(policy.programGuid);
  if (program === undefined) return { reason: `The policy names no program of package ${software.name}.` };
  if (!software.isEnabled) return { reason: `Package ${software.name} is disabled.` };
  if (software.version === null && !software.isCommandLineOnly) {
    return { reason: `Package ${software.name} has no published snapshot yet.` };
  }
  const name = `Software Delivery Task for program : ${program.Name}`;
  const { root, clientPolicy } = frame(policy, name, AGENT_CLSID.softwareDelivery, options);
  writeSoftwareDelivery(clientPolicy, policy, readSettings('softwareDelivery', policy.settings), software, program);
  return root.toString();
}

function frame(
  policy: PolicyRecord,
  name: string,
  agentClsid: string,
  { productVersion }: PolicyIndexOptions,
): { root: XMLBuilder; clientPolicy: XMLBuilder } {
  const root = addElement(create(), 'Policy', { guid: braces(policy.guid), name, version: productVersion });
  return { root, clientPolicy: addElement(root, 'ClientPolicy', { agentClsid }) };
}
