import { checkUrl } from "./check-identity.ts";
import { checkRanges } from "./check-listen.ts";
import { child, type Report, texts } from "./fault.ts";

/** H3: where the webhook goes. */
export function checkApprovals(raw: unknown, report: Report): void {
  const webhook = child(child(raw, "approvals"), "webhook");
  checkUrl(child(webhook, "url"), ["approvals", "webhook", "url"], report);
  checkRanges(texts(child(webhook, "private")), ["approvals", "webhook", "private"], report);
}
