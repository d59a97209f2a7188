import type { Socket } from "node:net";

type Done = (error?: NodeJS.ErrnoException | null) => void;

/**
 * Lets what a server said be read before a failed write ends the connection. A server that answers an upload early
 * and closes (413, and away) resets the connection; our next write then fails while its answer lies unread, and
 * Node would throw that away. A failed write is therefore reported a whole turn of the event loop later.
 */
export function readBeforeWriteFails(socket: Socket): void {
  const [write, writev] = [socket._write.bind(socket), socket._writev?.bind(socket)];
  socket._write = (chunk, encoding, done) => write(chunk, encoding, deferringErrors(done));
  if (writev !== undefined) socket._writev = (chunks, done) => writev(chunks, deferringErrors(done));
}

function deferringErrors(done: Done): Done {
  return (error) => {
    if (!error) done();
    // Two: the first may still run in the turn in which the write failed.
    else setImmediate(() => setImmediate(() => done(error)));
  };
}
