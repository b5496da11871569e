/** Small values kept over a reload. A browser that forbids storage costs the keeping, never the chat. */

export interface Keep {
  read(key: string): unknown;
  /** `null` forgets. */
  write(key: string, value: unknown): void;
}

export function createKeep(storage: () => Storage, prefix: string): Keep {
  return {
    read(key) {
      try {
        const text = storage().getItem(`${prefix}.${key}`);
        return text === null ? null : (JSON.parse(text) as unknown);
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        if (value === null) storage().removeItem(`${prefix}.${key}`);
        else storage().setItem(`${prefix}.${key}`, JSON.stringify(value));
      } catch {
        // Full or forbidden: what is on the screen still goes out.
      }
    },
  };
}
