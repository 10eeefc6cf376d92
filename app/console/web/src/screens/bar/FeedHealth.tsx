/** Whether the feeds talk: silence of a dead feed is no evidence that nobody called. */
import type { Source } from "../../api/types.ts";
import { many } from "../../format/numbers.ts";
import { ago, span } from "../../format/time.ts";
import { Popover } from "../../parts/Popover.tsx";
import { Time } from "../../parts/Time.tsx";
import { now } from "../../state/clock.ts";
import { feeds, feedsProblem } from "../../state/feeds.ts";

const troubled = (feed: Source) => feed.status === "silent" || feed.status === "never";

export function FeedHealth() {
  const known = feeds.value;
  if (known === null) return null;
  const trouble = known.filter(troubled);
  const words = feedsProblem.value
    ? "Feeds unknown"
    : trouble.length
      ? `${many(trouble.length, "feed")} silent`
      : known.length
        ? "Feeds ok"
        : "No feeds";
  const well = !trouble.length && !feedsProblem.value && known.length > 0;
  const label = (
    <>
      <span class={`lamp ${well ? "well" : "ill"}`} aria-hidden="true" />
      <span class="bar-words">{words}</span>
    </>
  );
  return (
    <Popover label={label} name={words} class="plain" side="right">
      {() => (
        <ul class="feeds">
          {known.map((feed) => (
            <FeedLine key={feed.name} feed={feed} />
          ))}
          {!known.length && <li>No feed has been set up yet: earshot source add.</li>}
        </ul>
      )}
    </Popover>
  );
}

function FeedLine({ feed }: { feed: Source }) {
  return (
    <li>
      <span class={`lamp ${troubled(feed) ? "ill" : feed.status === "ok" ? "well" : ""}`} aria-hidden="true" />
      <b>{feed.name}</b>
      <span class="number">{feed.status}</span>
      <span class="small quiet feed-more">
        {feed.kind}, {feed.last_received_at ? `last heard ${ago(Date.parse(feed.last_received_at), now.value)}` : "never heard"}
        {feed.watermark && (
          <>
            , complete to <Time at={feed.watermark} />
          </>
        )}
        {feed.lag_s !== null && `, ${span(feed.lag_s)} behind`}
        {feed.gaps.length > 0 && `, ${many(feed.gaps.length, "gap")} in 30 days`}
        {feed.rejects > 0 && `, ${many(feed.rejects, "reject")}`}
      </span>
    </li>
  );
}
