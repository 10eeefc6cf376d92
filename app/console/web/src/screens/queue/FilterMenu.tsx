/** Filters; each is in the address bar at once, so that the address can be sent to somebody. */
import type { Classification, Disposition, Verdict } from "../../api/types.ts";
import { CLASSIFICATION_WORDS, DISPOSITION_WORDS, VERDICT_WORDS } from "../../format/words.ts";
import { Icon } from "../../parts/Icon.tsx";
import { Popover } from "../../parts/Popover.tsx";
import { VerdictMark } from "../../parts/VerdictMark.tsx";
import { DISPOSITIONS, filters, narrowing, NO_FILTERS, setFilters, VERDICTS } from "../../state/filters.ts";
import { places } from "../../state/places.ts";

export function FilterMenu() {
  const narrowed = narrowing.value;
  const label = (
    <>
      <Icon name="filter" /> Filters {narrowed > 0 && <span class="badge">{narrowed}</span>}
    </>
  );
  return (
    <Popover label={label} name={narrowed ? `Filters ${narrowed} set` : "Filters"}>
      {() => (
        <div class="filters">
          <Choices legend="Verdict" all={VERDICTS} chosen={filters.value.verdicts} words={VERDICT_WORDS} change={(verdicts) => setFilters({ verdicts })} mark />
          <ZoneField />
          <RoundsField />
          <Choices
            legend="Classification"
            all={Object.keys(CLASSIFICATION_WORDS) as Classification[]}
            chosen={filters.value.classifications}
            words={CLASSIFICATION_WORDS}
            change={(classifications) => setFilters({ classifications })}
          />
          <Choices
            legend="Disposition"
            all={DISPOSITIONS as readonly (Disposition | "none")[]}
            chosen={filters.value.dispositions}
            words={DISPOSITION_WORDS}
            change={(dispositions) => setFilters({ dispositions })}
          />
          <label class="choice">
            <input
              type="checkbox"
              checked={filters.value.review}
              onChange={(event) => setFilters({ review: event.currentTarget.checked })}
            />
            Only those to review
          </label>
          <button type="button" class="button" disabled={!narrowed} onClick={() => setFilters(NO_FILTERS)}>
            Clear
          </button>
        </div>
      )}
    </Popover>
  );
}

interface ChoicesProps<W extends string> {
  legend: string;
  all: readonly W[];
  chosen: readonly W[];
  words: Record<W, string>;
  change: (chosen: W[]) => void;
  mark?: boolean;
}

function Choices<W extends string>({ legend, all, chosen, words, change, mark }: ChoicesProps<W>) {
  const toggle = (word: W) => change(chosen.includes(word) ? chosen.filter((one) => one !== word) : [...chosen, word]);
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {all.map((word) => (
        <label class="choice" key={word}>
          <input type="checkbox" checked={chosen.includes(word)} onChange={() => toggle(word)} />
          {mark && <VerdictMark verdict={word as string as Verdict} left={0.7} />}
          {words[word]}
        </label>
      ))}
    </fieldset>
  );
}

function ZoneField() {
  const names = places.zones.value.map((zone) => String(zone.properties?.name ?? "")).sort();
  const { zone } = filters.value;
  if (!names.length && zone === null) return null;
  return (
    <label class="field">
      <span>Zone</span>
      <select class="input" value={zone ?? ""} onChange={(event) => setFilters({ zone: event.currentTarget.value || null })}>
        <option value="">All zones</option>
        {zone !== null && !names.includes(zone) && <option value={zone}>{zone}</option>}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function RoundsField() {
  return (
    <label class="field">
      <span>Rounds, at least</span>
      <input
        class="input"
        type="number"
        min={1}
        max={10000}
        value={filters.value.minRounds ?? ""}
        onChange={(event) => setFilters({ minRounds: Number.parseInt(event.currentTarget.value, 10) || null })}
      />
    </label>
  );
}
