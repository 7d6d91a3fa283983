import { createHmac, createSecretKey } from "node:crypto";
import { Provider } from "oidc-provider";
import type { AuthorizationParts } from "./parts.ts";

/**
 * Refresh rotation (RFC 9700, 4.14.2). The successor of a refresh token is computed from it with a key of our own, so a
 * token has one successor only, however many requests race for it: honest parallel refreshes within the grace all get
 * that same successor, and a thief among them meets the reuse detection at the next rotation.
 */
export function rotateByDerivation(provider: Provider, { master }: AuthorizationParts): void {
  const key = createSecretKey(master.derive("refresh token successors"));
  const model = provider.RefreshToken.prototype as unknown as { generateTokenId(): string };
  const fresh = model.generateTokenId;
  model.generateTokenId = function generateTokenId(this: unknown): string {
    const before = Provider.ctx?.oidc.entities.RotatedRefreshToken;
    if (before === undefined) return fresh.call(this);
    return createHmac("sha256", key).update(before.jti).digest("base64url");
  };
}
