import type { Sender } from "../api/client";

/** What people call a sender: its name, its number, or what there is. */
export function senderName(sender: Sender): string {
  const { name, displayNumber, verifiedName, senderId } = sender;
  return name ?? verifiedName ?? displayNumber ?? senderId;
}
