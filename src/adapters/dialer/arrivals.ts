import type { Socket } from "node:net";
import { Readable } from "node:stream";

/**
 * Most bytes that are read and parsed at a time. undici parses to its end whatever is read at once, and makes an error of
 * each header that is too much: with 64 KiB of headers everybody waits for 30 ms.
 */
const PIECE = 16_384;

/** What has just arrived and nobody has taken yet. */
const ARRIVED = Symbol("arrived");

type Arriving = Socket & { [ARRIVED]?: Buffer | undefined };

/**
 * Options of a socket whose bytes are handed over as they arrive (see `handsOver`): they come into one space that all of them
 * share, since what came is copied before anything else is read. A stream would allocate 64 KiB for each read, and hand out
 * what came by way of its buffer in the next turn (measured: a fifteenth of a small call's way to its server and back).
 */
export const ARRIVALS = {
  highWaterMark: PIECE,
  onread: { buffer: Buffer.allocUnsafeSlow(PIECE), callback: arrive },
};

/** Lets `read` give what has just arrived. The socket was made with `ARRIVALS`; whatever nobody takes at once waits in its buffer. */
export function handsOver(socket: Arriving): void {
  socket[ARRIVED] = undefined;
  socket.read = read;
}

/** Node calls it on the socket (which its documentation leaves open, and the tests hold). @returns false where no more should be read for now */
function arrive(this: Arriving, length: number, space: Uint8Array): boolean {
  const bytes = Buffer.from(space.subarray(0, length));
  if (this.readableLength > 0) return this.push(bytes);
  this[ARRIVED] = bytes;
  this.emit("readable");
  const left = this[ARRIVED];
  this[ARRIVED] = undefined;
  return left === undefined || this.push(left);
}

/** What has arrived, or what waits in the buffer, in pieces. A socket's own `read` would read on however much waits. */
function read(this: Arriving, size?: number): Buffer | null {
  if (size !== undefined) return Readable.prototype.read.call(this, size);
  const bytes = this[ARRIVED];
  this[ARRIVED] = undefined;
  if (bytes !== undefined) return bytes;
  const { readableLength } = this;
  if (readableLength === 0) return null;
  if (readableLength > PIECE) return this.destroyed ? null : Readable.prototype.read.call(this, PIECE);
  return Readable.prototype.read.call(this);
}
