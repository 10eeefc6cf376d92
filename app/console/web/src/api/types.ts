/** The server's own words for what it sends; `schema.d.ts` is made from its OpenAPI document at each build. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Verdict = Schemas["Verdict"];
export type Classification = Schemas["Classification"];
export type Decision = Schemas["Decision"];
export type Disposition = Schemas["Disposition"];
export type Evidence = Schemas["Evidence"];
export type Incident = Schemas["Incident"];
export type IncidentAlert = Schemas["IncidentAlert"];
export type IncidentCall = Schemas["IncidentCall"];
export type IncidentSummary = Schemas["IncidentSummary"];
export type NearCamera = Schemas["NearCamera"];
export type NearCameras = Schemas["NearCameras"];
export type FollowUp = Schemas["FollowUp"];
export type FollowUpKind = Schemas["FollowUpKind"];
export type FollowUpState = Schemas["FollowUpState"];
export type Source = Schemas["Source"];
export type Timeline = Schemas["Timeline"];
export type TimelineEntry = Schemas["TimelineEntry"];

/** What the queue and the map keep of every incident. */
export const LISTED = [
  "id",
  "number",
  "verdict",
  "probability_reported",
  "needs_review",
  "started_at",
  "closes_at",
  "longitude",
  "latitude",
  "uncertainty_m",
  "address",
  "rounds",
  "classification",
  "zones",
  "call_count",
  "disposition",
  "updated_at",
] as const satisfies readonly (keyof IncidentSummary)[];
export type Listed = Pick<IncidentSummary, (typeof LISTED)[number]>;

/** Only that of an incident: thousands of them are kept. */
export function listed(incident: IncidentSummary): Listed {
  return Object.fromEntries(LISTED.map((name) => [name, incident[name]])) as unknown as Listed;
}

export interface Session {
  role: "viewer" | "analyst" | "admin";
  scopes: string[];
  name: string | null;
  expires_at: string;
  /** Seconds without input after which the server asks for the key again. */
  locks_after_s: number;
  source: string | null;
}

export interface Basemap {
  kind: "raster" | "vector" | "pmtiles";
  url: string;
  attribution: string | null;
}

export interface ConsoleSettings {
  agency_name: string | null;
  notice: string | null;
  time_zone: string;
  version: string;
  basemap: Basemap | null;
}

export interface StreamEvent {
  type: string;
  at: string;
  /** Of an incident that was over long before: nobody should be alarmed by it. */
  historical: boolean;
  incident: IncidentSummary;
  /** Of `incident.merged`: the one that is no more; `incident` is the survivor. */
  merged_id?: string;
}
