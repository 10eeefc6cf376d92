/** The thin bar: where one is, search, period, feeds, sound, time, who is signed in. */
import { page } from "../../state/address.ts";
import { may } from "../../state/session.ts";
import { Account } from "./Account.tsx";
import { Clock } from "./Clock.tsx";
import { FeedHealth } from "./FeedHealth.tsx";
import { LineState } from "./LineState.tsx";
import { NavLink } from "./NavLink.tsx";
import { PeriodMenu } from "./PeriodMenu.tsx";
import { Search } from "./Search.tsx";
import { SoundSwitch } from "./SoundSwitch.tsx";
import "./bar.css";

export function TopBar() {
  const { name } = page.value;
  return (
    <header class="bar">
      <nav class="bar-nav" aria-label="Pages">
        <span class="bar-name">Earshot</span>
        <NavLink to="/" current={name === "live"}>
          Incidents
        </NavLink>
        <NavLink to="/insight" current={name === "insight"}>
          Insight
        </NavLink>
        {may("sources:read") && (
          <NavLink to="/operations" current={name === "operations"}>
            Operations
          </NavLink>
        )}
      </nav>
      <Search />
      <PeriodMenu />
      <span class="bar-space" />
      <LineState />
      {may("sources:read") && <FeedHealth />}
      <SoundSwitch />
      <Clock />
      <Account />
    </header>
  );
}
