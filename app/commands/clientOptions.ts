/** What `ns agent` and `ns simulate` take alike. */
import { UsageError } from './command.ts';

/** Scheme, host and port; the agents' old form with `/Altiris` at the end means the same. @throws UsageError */
export function serverAddress(text: string | undefined): URL {
  if (text === undefined) throw new UsageError('--server is missing, for example --server https://ns1.example.com');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !/^(\/altiris)?\/?$/i.test(url.pathname)) {
    throw new UsageError(`--server takes an address such as https://ns1.example.com:443, not "${text}".`);
  }
  return new URL(url.origin);
}

/** @throws UsageError */
export function wholeNumber(
  text: string | undefined,
  option: string,
  { least, most = 1_000_000_000, byDefault }: { least: number; most?: number; byDefault: number },
): number {
  if (text === undefined) return byDefault;
  const number = Number(text);
  if (!/^\d{1,10}$/.test(text) || number < least || number > most) {
    throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not "${text}".`);
  }
  return number;
}
