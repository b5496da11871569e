/** Two short sounds, made here: one for an offer, which is urgent, and a softer one for words. */

let context: AudioContext | null = null;

/** Frequencies in Hz, each sounded for `NOTE_S` after the one before. */
const TUNES = { offer: [660, 880], message: [587] } as const;
const NOTE_S = 0.14;
const LOUDNESS = 0.08; // of 1; heard in a quiet office, and not by the colleague next door

export function play(tune: keyof typeof TUNES): void {
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
    const { currentTime, destination } = context;
    TUNES[tune].forEach((frequency, index) => {
      if (context === null) return;
      const [from, to] = [currentTime + index * NOTE_S, currentTime + (index + 1.6) * NOTE_S];
      const volume = context.createGain();
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(LOUDNESS, from + 0.012);
      volume.gain.exponentialRampToValueAtTime(0.0001, to);
      const tone = new OscillatorNode(context, { frequency, type: "sine" });
      tone.connect(volume).connect(destination);
      tone.start(from);
      tone.stop(to);
    });
  } catch {
    // No sound here; the title and the page say the same.
  }
}
