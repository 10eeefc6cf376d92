/** The nearest cameras, whether they may have seen it, and what to pull from them. */
import { readCameras } from "../../api/incidents.ts";
import type { Incident, NearCamera } from "../../api/types.ts";
import { compass, metres, NOT_KNOWN } from "../../format/numbers.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { Section } from "./Section.tsx";

const SEEN: Record<string, string> = { yes: "in view", possibly: "perhaps in view", no: "not in view" };

export function Cameras({ incident }: { incident: Incident }) {
  // A revision may move it, and with it what is to be pulled.
  const moved = [incident.id, incident.longitude, incident.latitude, incident.uncertainty_m, incident.started_at, incident.ended_at];
  const { value, problem, again } = useReading((signal) => readCameras(incident.id, signal), moved);
  return (
    <Section title="Cameras" count={value?.cameras.length ?? null}>
      {problem && <WentWrong what="The cameras could not be read" problem={problem} again={again} />}
      {!value && !problem && <Loading what="the cameras" />}
      {value?.reason && <p class="quiet">{value.reason}</p>}
      {value && value.cameras.length > 0 && value.pull_from && value.pull_through && (
        <>
          <p class="small">
            Pull <Time at={value.pull_from} /> to <Time at={value.pull_through} form="clock" /> ·{" "}
            <a href={`/v1/incidents/${incident.id}/cameras?f=csv`} download>
              as CSV
            </a>
          </p>
          <ul class="lines">
            {value.cameras.map((camera) => (
              <Camera key={camera.camera_id} camera={camera} />
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

function Camera({ camera }: { camera: NearCamera }) {
  return (
    <li class="line">
      <b>{camera.name ?? camera.external_id}</b>
      <span class="number">
        {metres(camera.distance_m)} {camera.bearing_deg === null ? "" : compass(camera.bearing_deg + 180)}
      </span>
      <span class="small quiet">
        {camera.external_id} · {camera.in_view ? SEEN[camera.in_view] : `view ${NOT_KNOWN}`}
        {camera.pull_before && (
          <>
            {" "}
            · overwritten <Time at={camera.pull_before} />
          </>
        )}
      </span>
    </li>
  );
}
