/** No incident fits: why that may be, and the two ways out. */
import { Nothing } from "../../parts/States.tsx";
import { filters, narrowing, NO_FILTERS, setFilters } from "../../state/filters.ts";

export function NothingHere() {
  const { period, text } = filters.value;
  const narrowed = narrowing.value > 0 || text !== "";
  return (
    <Nothing title={narrowed ? "Nothing fits these filters" : "No gunfire was heard in this time"}>
      <p>{narrowed ? "Fewer filters, or a longer time, may show more." : "New incidents appear here by themselves."}</p>
      <p class="nothing-ways">
        {narrowed && (
          <button type="button" class="button" onClick={() => setFilters({ ...NO_FILTERS, text: "" })}>
            Clear the filters
          </button>
        )}
        {period !== "all" && !text && (
          <button type="button" class="button" onClick={() => setFilters({ period: "all" })}>
            Show all time
          </button>
        )}
      </p>
    </Nothing>
  );
}
