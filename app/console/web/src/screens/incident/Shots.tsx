/** The shots one after the other: on the map where their places are known, and to the ear. */
import { Icon } from "../../parts/Icon.tsx";
import { heardBy, length_s, playedTo, playing, seek, shots, SPEEDS, speed, stop, togglePlaying } from "../../state/playback.ts";
import { Section } from "./Section.tsx";

export function Shots() {
  const all = shots.value;
  if (all.length === 0) return null;
  const at_s = playedTo.value;
  const heard = at_s === null ? all.length : heardBy(at_s);
  const placed = all.filter((shot) => shot.place !== null).length;
  return (
    <Section title="Shots" count={all.length}>
      <div class="playback">
        <button type="button" class="button" onClick={togglePlaying} aria-pressed={playing.value}>
          <Icon name={playing.value ? "pause" : "play"} /> {playing.value ? "Pause" : "Play"}
        </button>
        <input
          type="range"
          class="playback-time"
          aria-label="Seconds after the first shot"
          min={0}
          max={length_s.value}
          step={0.01}
          value={at_s ?? length_s.value}
          list="shot-times"
          aria-valuetext={`${heard} of ${all.length} shots`}
          onInput={(event) => seek(Number(event.currentTarget.value))}
        />
        <datalist id="shot-times">
          {all.map((shot, order) => (
            <option key={order} value={shot.at_s} />
          ))}
        </datalist>
        <label class="playback-speed">
          <span class="hidden-visually">Speed</span>
          <select class="input" value={speed.value} onChange={(event) => (speed.value = Number(event.currentTarget.value))}>
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one === 1 ? "as heard" : `${one} ×`}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="small quiet">
        {at_s === null ? `${all.length} shots in ${(all.at(-1)?.at_s ?? 0).toFixed(1)} s` : `Shot ${heard} of ${all.length}, ${at_s.toFixed(2)} s`}
        {placed < all.length && `; the places of ${all.length - placed} are not known`}.{" "}
        {at_s !== null && (
          <button type="button" class="button" onClick={stop}>
            Show all
          </button>
        )}
      </p>
    </Section>
  );
}
