/** The first so many bytes of one memory. Each view is made once: making it costs more than to copy what it shows. */
export function startsOf(memory: Buffer): (bytes: number) => Buffer {
  const starts: Buffer[] = [];
  return (bytes) => {
    starts[bytes] ??= memory.subarray(0, bytes);
    return starts[bytes];
  };
}
