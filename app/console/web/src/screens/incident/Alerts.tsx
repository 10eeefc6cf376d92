/** What the vendor told, alert by alert. */
import type { Incident } from "../../api/types.ts";
import { metres, NOT_KNOWN } from "../../format/numbers.ts";
import { CLASSIFICATION_WORDS, plain } from "../../format/words.ts";
import { Time } from "../../parts/Time.tsx";
import { Section } from "./Section.tsx";

export function Alerts({ incident }: { incident: Incident }) {
  return (
    <Section title="Alerts" count={incident.alerts.length} open={incident.alerts.length > 1}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Alert</th>
            <th scope="col">Began</th>
            <th scope="col">Sound</th>
            <th scope="col" class="number">
              Rounds
            </th>
            <th scope="col" class="number">
              ±
            </th>
          </tr>
        </thead>
        <tbody>
          {incident.alerts.map((alert) => (
            <tr key={alert.id} class={alert.status === "active" ? "" : "gone"}>
              <td>
                {alert.external_id}
                <br />
                <span class="small quiet">
                  {alert.source}
                  {alert.revision ? `, revision ${alert.revision}` : ""}
                  {alert.status === "active" ? "" : `, ${plain(alert.status)}`}
                </span>
              </td>
              <td>
                {alert.started_at ? <Time at={alert.started_at} form="clock" /> : NOT_KNOWN}
              </td>
              <td>{CLASSIFICATION_WORDS[alert.classification]}</td>
              <td class="number">{alert.rounds ?? NOT_KNOWN}</td>
              <td class="number">{alert.uncertainty_m === null ? NOT_KNOWN : metres(alert.uncertainty_m)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
