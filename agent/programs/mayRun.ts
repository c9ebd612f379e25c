/** Whether a program can run with the users that are, or are not, logged on now ("Program can run", HOWTO5579). */
import type { SoftwareProgram } from '../../wire/softwareDelivery.ts';

export function mayRun(
  { canRun, userInputRequired }: Pick<SoftwareProgram, 'canRun' | 'userInputRequired'>,
  isUserLoggedOn: boolean,
): boolean {
  // A program that asks would wait for an answer until its time is over.
  if (userInputRequired && !isUserLoggedOn) return false;
  if (canRun === 'OnlyWhenAUserIsLoggedOn') return isUserLoggedOn;
  if (canRun === 'OnlyWhenNoUserIsLoggedOn') return !isUserLoggedOn;
  return true;
}
