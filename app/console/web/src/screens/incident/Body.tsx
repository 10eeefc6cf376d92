/** The sections of an incident, in the order in which they are asked for. What a key may not see has no section. */
import type { Incident } from "../../api/types.ts";
import { asOf } from "../../state/opened.ts";
import { may } from "../../state/session.ts";
import { AsOf } from "./AsOf.tsx";
import { Alerts } from "./Alerts.tsx";
import { CadRecords } from "./CadRecords.tsx";
import { Calls } from "./Calls.tsx";
import { Cameras } from "./Cameras.tsx";
import { Disposition } from "./Disposition.tsx";
import { Facts } from "./Facts.tsx";
import { FollowUps } from "./FollowUps.tsx";
import { History } from "./History.tsx";
import { Shots } from "./Shots.tsx";
import { TimelineList } from "./TimelineList.tsx";
import { Verdict } from "./Verdict.tsx";

export function Body({ incident }: { incident: Incident }) {
  const reviews = may("incidents:review");
  const isNow = asOf.value === null;
  const seesCalls = may("calls:read");
  return (
    <div key={incident.id}>
      <AsOf />
      <Verdict incident={incident} />
      {reviews && isNow && <Disposition incident={incident} />}
      <Facts incident={incident} />
      <Shots />
      {seesCalls && <Calls incident={incident} />}
      {seesCalls && <CadRecords incident={incident} />}
      <Alerts incident={incident} />
      {may("places:read") && <Cameras incident={incident} />}
      {reviews && isNow && <FollowUps incident={incident} />}
      {reviews && seesCalls && <TimelineList incident={incident} />}
      <History incident={incident} />
    </div>
  );
}
