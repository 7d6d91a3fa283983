/** Seals what a client keeps for the gateway (cursors, request states), so that it can be neither read nor changed. */
export interface Sealer {
  /**
   * @param text what to keep
   * @param context what it is bound to; opening with another context fails
   * @returns base64url text
   */
  seal(text: string, context: string): string;
  /** The text, or undefined where it was not sealed here, was changed, or belongs to another context. */
  open(sealed: string, context: string): string | undefined;
}
