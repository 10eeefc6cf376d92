/** Statistics: who reports, where, when, how quickly, and how much of it is known. */
import { useEffect } from "preact/hooks";
import { may } from "../../state/session.ts";
import { FeedTimes } from "./FeedTimes.tsx";
import { FixedWindows } from "./FixedWindows.tsx";
import { Groups } from "./Groups.tsx";
import { Headline } from "./Headline.tsx";
import { chooseLongPeriod } from "./questions.ts";
import { ResponseTimes } from "./ResponseTimes.tsx";
import { Week } from "./Week.tsx";
import { Zones } from "./Zones.tsx";
import "./insight.css";

const NOT_COUNTED = "not counted";

export default function Insight() {
  useEffect(chooseLongPeriod, []);
  return (
    <div class="insight">
      <h1>Insight</h1>
      <Headline />
      <Zones />
      <Week />
      <Groups by="month" title="By month" head="Month" nameOf={(group) => group ?? NOT_COUNTED} />
      <Groups by="rounds" title="By rounds" head="Rounds" nameOf={(group) => group ?? NOT_COUNTED} />
      {may("calls:read") && <ResponseTimes />}
      <FixedWindows />
      {may("sources:read") && <FeedTimes />}
    </div>
  );
}
