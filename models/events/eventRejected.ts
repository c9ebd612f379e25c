/** The event breaks a rule: trying again will not help. The message is a plain sentence, shown with the bad event. */
export class EventRejected extends Error {
  override name = 'EventRejected';
}
