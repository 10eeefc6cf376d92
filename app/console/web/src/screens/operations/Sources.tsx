/** Every feed and how it is doing. */
import type { Source } from "../../api/types.ts";
import { NOT_KNOWN, whole } from "../../format/numbers.ts";
import { span } from "../../format/time.ts";
import { Loading, Nothing, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { feeds, feedsProblem } from "../../state/feeds.ts";

const LAMPS: Record<Source["status"], string> = { ok: "well", silent: "ill", never: "ill", disabled: "" };

export function Sources() {
  const known = feeds.value;
  return (
    <section class="pane" aria-labelledby="sources">
      <h1 id="sources">Sources</h1>
      {feedsProblem.value && <WentWrong what="The feeds could not be read" problem={feedsProblem.value} />}
      {known === null && !feedsProblem.value && <Loading what="the feeds" />}
      {known?.length === 0 && (
        <Nothing title="No feed yet">
          <p>Add one on the command line: earshot source add NAME --kind alerts --mapping FILE</p>
        </Nothing>
      )}
      {known && known.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Feed</th>
              <th scope="col">Kind</th>
              <th scope="col">State</th>
              <th scope="col">Last received</th>
              <th scope="col">Complete to</th>
              <th scope="col" class="number">
                Behind
              </th>
              <th scope="col" class="number">
                Records
              </th>
              <th scope="col" class="number">
                With warnings
              </th>
              <th scope="col" class="number">
                Rejects
              </th>
            </tr>
          </thead>
          <tbody>
            {known.map((feed) => (
              <Row key={feed.name} feed={feed} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ feed }: { feed: Source }) {
  return (
    <>
      <tr>
        <th scope="row">{feed.name}</th>
        <td>{feed.kind}</td>
        <td>
          <span class={`lamp ${LAMPS[feed.status]}`} aria-hidden="true" /> {feed.status}
        </td>
        <td>{feed.last_received_at ? <Time at={feed.last_received_at} /> : "never"}</td>
        <td>{feed.watermark ? <Time at={feed.watermark} /> : NOT_KNOWN}</td>
        <td class="number">{feed.lag_s === null ? NOT_KNOWN : span(feed.lag_s)}</td>
        <td class="number">{whole(feed.records)}</td>
        <td class="number">{whole(feed.records_with_warnings)}</td>
        <td class="number">{whole(feed.rejects)}</td>
      </tr>
      {feed.gaps.map((gap) => (
        <tr key={gap.from} class="of-row">
          <td />
          <td colSpan={8}>
            Nothing from <Time at={gap.from} form="full" /> to <Time at={gap.through} form="full" /> (
            {span((Date.parse(gap.through) - Date.parse(gap.from)) / 1000)})
          </td>
        </tr>
      ))}
    </>
  );
}
