/** What happened, in order. */
import { lazy, Suspense } from "preact/compat";
import { readTimeline } from "../../api/incidents.ts";
import type { Incident, TimelineEntry } from "../../api/types.ts";
import { countdown } from "../../format/time.ts";
import { plain } from "../../format/words.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { asOf, openedVersion } from "../../state/opened.ts";
import { Section } from "./Section.tsx";
import { entryInWords } from "./timeline-words.ts";

// The library of charts is large, and most incidents are only looked at for their verdict.
const TimelineDrawing = lazy(() => import("./TimelineDrawing.tsx"));

export function TimelineList({ incident }: { incident: Incident }) {
  const { value, problem, again } = useReading(
    (signal) => readTimeline(incident.id, asOf.value, signal),
    [incident.id, asOf.value, openedVersion.value],
  );
  const entries = shotsTogether(value?.timeline ?? []);
  return (
    <Section title="Timeline">
      {problem && <WentWrong what="The timeline could not be read" problem={problem} again={again} />}
      {!value && !problem && <Loading what="the timeline" />}
      {value && (
        <Suspense fallback={<Loading what="the drawing" />}>
          <TimelineDrawing incident={incident} entries={value.timeline} />
        </Suspense>
      )}
      <ol class="timeline">
        {entries.map(({ entry, count }, index) => (
          <li key={index} class="timeline-entry" data-kind={entry.kind}>
            <span class="number quiet">{offset(entry.offset_s)}</span>
            <Time at={entry.at} form="clock" />
            <span>
              {count > 1 ? `${count} shots` : entryInWords(entry)}
              {entry.source && <span class="small quiet"> {plain(entry.source)}</span>}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

const offset = (seconds: number) => `${seconds < 0 ? "−" : "+"}${countdown(Math.abs(seconds))}`;

/** Shots that follow each other are one line. */
function shotsTogether(timeline: readonly TimelineEntry[]): { entry: TimelineEntry; count: number }[] {
  const lines: { entry: TimelineEntry; count: number }[] = [];
  for (const entry of timeline) {
    const last = lines.at(-1);
    if (last && entry.kind === "shot" && last.entry.kind === "shot") last.count += 1;
    else lines.push({ entry, count: 1 });
  }
  return lines;
}
