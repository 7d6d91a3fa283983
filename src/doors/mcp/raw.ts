/** The JSON-RPC answer around the text of a result, which is sent exactly as it was recorded. */
export function rawResult(id: string | number, result: string): string {
  return `{"jsonrpc":"2.0","id":${typeof id === "number" ? id : JSON.stringify(id)},"result":${result}}`;
}
