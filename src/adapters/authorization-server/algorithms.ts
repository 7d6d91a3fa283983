/** What may sign what others show us (I3; RFC 8725, 3.1). Nothing symmetric, nothing that is `none`. */
export const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
