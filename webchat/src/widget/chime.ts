/** Two soft notes, rising. Made here, so that nothing is loaded for them but this. */

const NOTES_HZ = [659, 880] as const; // e", a"
const NOTE_S = 0.16;
const LOUDNESS = 0.08;

let context: AudioContext | undefined;

export function chime(): void {
  try {
    context ??= new AudioContext();
    void context.resume();
    for (const [index, hertz] of NOTES_HZ.entries()) {
      const start = context.currentTime + index * NOTE_S;
      const tone = new OscillatorNode(context, { frequency: hertz });
      const volume = new GainNode(context, { gain: 0 });
      volume.gain.linearRampToValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
      volume.gain.linearRampToValueAtTime(0, start + NOTE_S);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + NOTE_S);
    }
  } catch {
    // A browser without sound, or one that forbids it: the badge tells all the same.
  }
}
