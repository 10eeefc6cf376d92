import { Icon } from "../../parts/Icon.tsx";
import { sing, soundOn } from "../../state/sound.ts";

/** The soft sound for new unreported incidents; switching it on lets it be heard. */
export function SoundSwitch() {
  const on = soundOn.value;
  const toggle = () => {
    soundOn.value = !on;
    if (!on) sing();
  };
  return (
    <button
      type="button"
      class="button plain icon"
      aria-pressed={on}
      aria-label="Sound for new unreported incidents"
      title={on ? "Sound is on" : "Sound is off"}
      onClick={toggle}
    >
      <Icon name={on ? "sound" : "silent"} />
    </button>
  );
}
