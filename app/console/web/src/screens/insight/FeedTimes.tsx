/** Which times the feeds have not covered: where silence is no evidence. */
import * as Plot from "@observablehq/plot";
import { useCallback } from "preact/hooks";
import { dateOf, dayOf, midnights, minuteTime, span, utc, zoneName } from "../../format/time.ts";
import { whole } from "../../format/numbers.ts";
import { now } from "../../state/clock.ts";
import { feeds, feedsProblem, readFeeds } from "../../state/feeds.ts";
import { filters, spanOf } from "../../state/filters.ts";
import { timeZone } from "../../state/settings.ts";
import type { Source } from "../../api/types.ts";
import type { Colours } from "../../parts/Chart.tsx";
import { Figure } from "./Figure.tsx";

/** The server tells the gaps of so long before the end of a feed's data: what is older is not known here. */
const GAPS_TOLD_MS = 30 * 86_400_000;
const HOURS_UP_TO_MS = 2 * 86_400_000;
const TICKS = 6;

interface Gap {
  name: string;
  from: number;
  through: number;
}

export function FeedTimes() {
  const shown = feeds.value;
  const zone = timeZone.value;
  const period = spanOf(filters.value, now.peek());
  const begin = period.from;
  const end = period.to ?? now.peek();
  const draw = useCallback((value: Source[]) => drawing(value, begin, end, zone), [begin, end, zone]);
  return (
    <Figure
      title="Feeds over time"
      name="feeds-over-time"
      wide
      answer={{ value: shown, problem: feedsProblem.value, again: () => void readFeeds() }}
      csv={null}
      isEmpty={(value) => value.length === 0}
      draw={draw}
      label={(value) => `The last 30 days of ${value.length} feeds on a line of time, with the gaps of call feeds.`}
      table={(value) => ({
        head: ["Feed", "State", "Complete to", "Gaps", "Longest", "Records"],
        rows: value.map((feed) => {
          const gaps = gapsOf(feed);
          const longest = Math.max(0, ...gaps.map((gap) => gap.through - gap.from));
          return [
            feed.name,
            feed.status,
            feed.watermark ? inWords(Date.parse(feed.watermark), zone) : "not told",
            whole(gaps.length),
            longest ? span(longest / 1000) : "none",
            whole(feed.records),
          ];
        }),
      })}
    />
  );
}

/** `Sun, 22 Nov 2026 19:41 CST` */
const inWords = (at: number, zone: string) => `${dateOf(at, zone)} ${minuteTime(at, zone)} ${zoneName(at, zone)}`;

const gapsOf = (feed: Source): Gap[] =>
  feed.gaps.map((gap) => ({ name: feed.name, from: Date.parse(gap.from), through: Date.parse(gap.through) }));

function drawing(sources: Source[], begin: number | null, end: number, zone: string) {
  const first = begin ?? Math.min(...sources.map((feed) => Date.parse(feed.created_at)), ...sources.flatMap(gapsOf).map((gap) => gap.from));
  const covered = sources.flatMap((feed) => {
    const told = Date.parse(feed.watermark ?? feed.last_received_at ?? feed.created_at);
    const [from, through] = [Math.max(first, told - GAPS_TOLD_MS), Math.min(end, told)];
    return from < through ? [{ name: feed.name, from, through }] : [];
  });
  const isShort = end - first <= HOURS_UP_TO_MS;
  const label = (at: Date) => (isShort ? minuteTime : dayOf)(at.getTime(), zone);
  const gaps = sources.flatMap(gapsOf).filter((gap) => gap.through > first && gap.from < end);
  return (_width: number, colours: Colours): Plot.PlotOptions => ({
    className: "plot",
    height: 40 + 34 * sources.length,
    marginLeft: 130,
    x: { type: "utc", domain: [first, end], label: null, tickFormat: label, ticks: isShort ? TICKS : midnights(first, end, zone, TICKS) },
    y: { type: "band", domain: sources.map((feed) => feed.name), label: null },
    marks: [
      Plot.barX(covered, { y: "name", x1: "from", x2: "through", fill: colours.reported, fillOpacity: 0.35, insetTop: 8, insetBottom: 8 }),
      Plot.barX(gaps, { y: "name", x1: (gap: Gap) => Math.max(first, gap.from), x2: (gap: Gap) => Math.min(end, gap.through), fill: colours.unreported, insetTop: 4, insetBottom: 4 }),
      Plot.tip(gaps, Plot.pointerX({ y: "name", x: (gap: Gap) => (gap.from + gap.through) / 2, title: (gap: Gap) => `${gap.name}: nothing for ${span((gap.through - gap.from) / 1000)}\nfrom ${inWords(gap.from, zone)} (${utc(gap.from)})` })),
    ],
  });
}
