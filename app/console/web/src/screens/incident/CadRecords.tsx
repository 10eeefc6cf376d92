/** The records that the alert itself made at the dispatch centre: they report nothing, but tell when somebody came. */
import type { Incident } from "../../api/types.ts";
import { NOT_KNOWN } from "../../format/numbers.ts";
import { Time } from "../../parts/Time.tsx";
import { Section } from "./Section.tsx";

export function CadRecords({ incident }: { incident: Incident }) {
  const records = incident.cad_records ?? [];
  if (!records.length) return null;
  return (
    <Section title="CAD records" count={records.length} open={false}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Record</th>
            <th scope="col">Dispatched</th>
            <th scope="col">Arrived</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.external_id}>
              <td>{record.external_id}</td>
              <td>{record.dispatched_at ? <Time at={record.dispatched_at} form="clock" /> : NOT_KNOWN}</td>
              <td>{record.arrived_at ? <Time at={record.arrived_at} form="clock" /> : NOT_KNOWN}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
