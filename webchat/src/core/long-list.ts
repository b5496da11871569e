/** Which part of a long list to draw, from the heights of rows that were measured and a guess for the others. */

export interface Slice {
  /** The first row to draw, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Where each row begins, and at the end where the list does: one more than there are rows. Pixels. */
export function offsets(
  keys: readonly string[],
  measured: ReadonlyMap<string, number>,
  guessPx: (index: number) => number,
): Float64Array {
  const found = new Float64Array(keys.length + 1);
  for (let index = 0; index < keys.length; index++) {
    found[index + 1] = (found[index] ?? 0) + (measured.get(keys[index] ?? "") ?? guessPx(index));
  }
  return found;
}

/** The row at a height: the last one that begins at or above it. */
export function rowAt(starts: Float64Array, px: number): number {
  let [low, high] = [0, Math.max(0, starts.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= px) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows between `topPx` and `topPx + heightPx`, and those within `marginPx` of them. */
export function sliceAt(starts: Float64Array, topPx: number, heightPx: number, marginPx: number): Slice {
  const count = starts.length - 1;
  if (count <= 0) return { first: 0, end: 0 };
  return {
    first: rowAt(starts, topPx - marginPx),
    end: Math.min(count, rowAt(starts, topPx + heightPx + marginPx) + 1),
  };
}
