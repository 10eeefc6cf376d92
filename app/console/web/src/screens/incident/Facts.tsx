/** When, where, what: each with its unit, and a dash where nothing is known. */
import type { ComponentChildren } from "preact";
import type { Incident } from "../../api/types.ts";
import { metres, NOT_KNOWN } from "../../format/numbers.ts";
import { span } from "../../format/time.ts";
import { CLASSIFICATION_WORDS } from "../../format/words.ts";
import { Time } from "../../parts/Time.tsx";
import { Section } from "./Section.tsx";

export function Facts({ incident }: { incident: Incident }) {
  const { started_at, ended_at, published_at, longitude, latitude, uncertainty_m } = incident;
  const lasted = (Date.parse(ended_at) - Date.parse(started_at)) / 1000;
  const publishedAfter = published_at === null ? null : (Date.parse(published_at) - Date.parse(started_at)) / 1000;
  const marks = [
    incident.full_auto && "full auto",
    incident.high_capacity && "high capacity",
    incident.multiple_shooters && "several shooters",
  ].filter(Boolean);
  return (
    <Section title="Facts">
      <dl class="facts">
        <Fact name="Began">
          <Time at={started_at} form="full" />
          {lasted >= 1 && `, ${span(lasted)} long`}
        </Fact>
        <Fact name="Address">{incident.address ?? NOT_KNOWN}</Fact>
        <Fact name="Zones">{incident.zones.join(", ") || NOT_KNOWN}</Fact>
        <Fact name="Rounds">{incident.rounds ?? NOT_KNOWN}</Fact>
        <Fact name="Sound">
          {CLASSIFICATION_WORDS[incident.classification]}
          {marks.length > 0 && ` (${marks.join(", ")})`}
        </Fact>
        <Fact name="Position">
          {longitude === null || latitude === null ? NOT_KNOWN : `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`}
          {uncertainty_m !== null && ` ± ${metres(uncertainty_m)}`}
        </Fact>
        <Fact name="Published">{publishedAfter === null ? NOT_KNOWN : `${span(publishedAfter)} after the first shot`}</Fact>
        <Fact name="First call">
          {incident.first_call_lag_s === null ? "none" : `${span(incident.first_call_lag_s)} after the first shot`}
        </Fact>
        <Fact name="Calls linked">{incident.call_count}</Fact>
        <Fact name="Judged">
          <Time at={incident.decided_at} /> by rules {incident.rules_version}
        </Fact>
      </dl>
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
