/** The head of a section; a press folds it. */
import { whole } from "../../format/numbers.ts";
import { Icon } from "../../parts/Icon.tsx";
import { folded, type Section, toggleSection } from "../../state/queue.ts";

export function SectionRow({ section }: { section: Section }) {
  const shut = folded.value.has(section.name);
  return (
    <h3 class="section-row">
      <button type="button" aria-expanded={!shut} onClick={() => toggleSection(section.name)}>
        <Icon name={shut ? "right" : "down"} />
        {section.title}
        <span class="section-count">{whole(section.incidents.length)}</span>
      </button>
    </h3>
  );
}
