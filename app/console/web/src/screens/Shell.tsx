/** The one screen: bar on top, then queue, map and drawer, or another page in their place. */
import { lazy, Suspense } from "preact/compat";
import { useEffect } from "preact/hooks";
import { Loading } from "../parts/States.tsx";
import { openIncident, page } from "../state/address.ts";
import { bindQueueKeys } from "./actions.ts";
import { TopBar } from "./bar/TopBar.tsx";
import { Help } from "./Help.tsx";
import { Drawer } from "./incident/Drawer.tsx";
import { pane } from "./pane.ts";
import { PaneSwitch } from "./PaneSwitch.tsx";
import { Queue } from "./queue/Queue.tsx";
import "./shell.css";

const LiveMap = lazy(() => import("../map/LiveMap.tsx"));
const Insight = lazy(() => import("./insight/Insight.tsx"));
const Operations = lazy(() => import("./operations/Operations.tsx"));

export function Shell() {
  useEffect(bindQueueKeys, []);
  const { name } = page.value;
  return (
    <div class="shell">
      <TopBar />
      {name === "live" && <Live />}
      {name !== "live" && (
        <main class="page">
          <Suspense fallback={<Loading what="the page" />}>{name === "insight" ? <Insight /> : <Operations />}</Suspense>
        </main>
      )}
      <Help />
    </div>
  );
}

function Live() {
  const open = openIncident.value;
  return (
    <main class={`live ${open === null ? "" : "with-drawer"}`} data-pane={open === null ? pane.value : "incident"}>
      <h1 class="hidden-visually">Incidents</h1>
      <Queue />
      <section class="map" aria-label="Map">
        <Suspense fallback={<Loading what="the map" />}>
          <LiveMap />
        </Suspense>
      </section>
      {open !== null && <Drawer id={open} />}
      <PaneSwitch />
    </main>
  );
}
