/** A soft sound for a new unreported incident. */
import { isBoolean, kept } from "./kept.ts";

export const soundOn = kept("sound", true, isBoolean);

const NOTES_HZ = [587.33, 440];
const NOTE_S = 0.22;
const LOUDNESS = 0.08;
const TAP_HZ = 165;
const TAP_S = 0.05;
const NOT_AGAIN_MS = 1_500;
let context: AudioContext | null = null;
let lastAt = 0;

/** Two falling notes; several incidents at once are one sound. */
export function sing(): void {
  if (!soundOn.peek() || Date.now() - lastAt < NOT_AGAIN_MS) return;
  lastAt = Date.now();
  context ??= new AudioContext();
  void context.resume();
  const start = context.currentTime + 0.02;
  NOTES_HZ.forEach((pitch, order) => note(context as AudioContext, pitch, start + order * NOTE_S));
}

/** A dull tap for one shot of those that are played. */
export function tap(): void {
  if (!soundOn.peek()) return;
  context ??= new AudioContext();
  void context.resume();
  note(context, TAP_HZ, context.currentTime + 0.005, TAP_S);
}

function note(audio: AudioContext, pitch: number, at: number, length_s: number = NOTE_S): void {
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.type = "sine";
  tone.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, at + 0.03);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + length_s * 2);
  tone.connect(loudness).connect(audio.destination);
  tone.start(at);
  tone.stop(at + length_s * 2);
}
