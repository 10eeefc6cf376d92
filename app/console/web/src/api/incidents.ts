/** Incidents: lists by pages, one in full, and what analysts say of it. */
import { ask, get, patch, post, type Query } from "./http.ts";
import { type Decision, type Disposition, type FollowUpKind, type FollowUpState, LISTED, type Listed } from "./types.ts";

export interface Page {
  incidents: Listed[];
  /** Address of the next page; null on the last. */
  next: string | null;
}

export async function firstPage(query: Query, limit: number, signal: AbortSignal): Promise<Page> {
  const answer = await get("/v1/incidents", { query: { ...query, fields: LISTED, limit }, signal });
  return { incidents: answer.incidents as Listed[], next: answer.links.next };
}

export async function nextPage(address: string, signal: AbortSignal): Promise<Page> {
  const answer = await ask<{ incidents: Listed[]; links: { next: string | null } }>("GET", address, undefined, signal);
  return { incidents: answer.incidents, next: answer.links.next };
}

const of = (incident: string) => ({ path: { incident_id: incident } });

/** `asOf`: as it was known at a time; null: as it is known now. */
export const readIncident = (id: string, asOf: string | null, signal?: AbortSignal) =>
  get("/v1/incidents/{incident_id}", { ...of(id), query: { as_of: asOf }, ...(signal ? { signal } : {}) });
export const readTimeline = (id: string, asOf: string | null, signal: AbortSignal) =>
  get("/v1/incidents/{incident_id}/timeline", { ...of(id), query: { as_of: asOf }, signal });
export const readCameras = (id: string, signal: AbortSignal) =>
  get("/v1/incidents/{incident_id}/cameras", { ...of(id), signal });
export const readFollowUps = (id: string, signal: AbortSignal) =>
  get("/v1/incidents/{incident_id}/follow-ups", { ...of(id), signal });

export const decideLink = (incident: string, call: string, decision: Decision, note: string | null) =>
  post("/v1/incidents/{incident_id}/links/{call_id}", { decision, note }, { path: { incident_id: incident, call_id: call } });

export const decideDisposition = (
  incident: string,
  disposition: Disposition | null,
  note: string | null,
  evidence: Record<string, number> = {},
) => post("/v1/incidents/{incident_id}/disposition", { disposition, note, evidence } as never, of(incident));

export const addFollowUp = (
  incident: string,
  followUp: { kind: FollowUpKind; assignee: string | null; due_at: string | null; note: string | null },
) => {
  const { due_at, ...rest } = followUp;
  return post("/v1/incidents/{incident_id}/follow-ups", { ...rest, ...(due_at ? { due_at } : {}) } as never, of(incident));
};

export const changeFollowUp = (id: string, change: { state?: FollowUpState; assignee?: string | null; due_at?: string | null }) =>
  patch("/v1/follow-ups/{follow_up_id}", change as never, { path: { follow_up_id: id } });
