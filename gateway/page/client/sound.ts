/** The sound of a turn that comes: made here, so that there is no file to load. */
let audio: AudioContext | null = null;

/** Two soft tones, the second higher. Silent where the browser does not allow sound. */
export function chime(): void {
  const context = readySound();
  if (!context) return;
  tone(context, 660, 0);
  tone(context, 880, 0.22);
}

/** To be called when the visitor does something on the page; some browsers stay silent without that. */
export function readySound(): AudioContext | null {
  try {
    audio ??= new AudioContext();
  } catch {
    return null;
  }
  void audio.resume().catch(() => {});
  return audio;
}

function tone(context: AudioContext, hertz: number, afterSeconds: number): void {
  const start = context.currentTime + afterSeconds;
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = hertz;
  // In and out softly: a tone that is cut clicks.
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.2, start + 0.02);
  volume.gain.linearRampToValueAtTime(0, start + 0.4);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.4);
}
