/** What administrators ask: rejects, keys, rules, the audit trail, a source's mapping. */
import { ask, get, post, type Query } from "./http.ts";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Reject = Schemas["RejectDocument"];
export type RejectSummary = Schemas["RejectSummary"];
export type Retried = Schemas["RetryDocument"];
export type Key = Schemas["KeySummary"];
export type CreatedKey = Schemas["CreatedKey"];
export type AuditEntry = Schemas["AuditDocument"];
export type Rules = Schemas["RulesSummary"];
export type Trial = Schemas["TrialDocument"];
export type Mapping = Schemas["MappingDocument"];

export const readRejects = (query: Query, signal: AbortSignal) => get("/v1/rejects", { query, signal });
export const readReject = (id: string, signal: AbortSignal) => get("/v1/rejects/{reject_id}", { path: { reject_id: id }, signal });
export const retryReject = (id: string) => ask<Retried>("POST", `/v1/rejects/${encodeURIComponent(id)}/retry`);

export const readMapping = (source: string, signal: AbortSignal) =>
  get("/v1/sources/{source}/mapping", { path: { source }, signal });
export const changeMapping = (source: string, mapping: string) =>
  ask<Mapping>("PUT", `/v1/sources/${encodeURIComponent(source)}/mapping`, { mapping });

export const readKeys = (signal: AbortSignal) => get("/v1/keys", { signal });
export const createKey = (key: { role: Key["role"]; name: string | null; source: string | null; expires_at: string | null }) =>
  ask<CreatedKey>("POST", "/v1/keys", key);
export const revokeKey = (id: string) => ask<void>("DELETE", `/v1/keys/${encodeURIComponent(id)}`);

export const readRules = (signal: AbortSignal) => get("/v1/rules", { signal });
export const readRulesVersion = (version: string, signal: AbortSignal) =>
  get("/v1/rules/{version}", { path: { version }, signal });
export const tryRules = (trial: { parameters: Record<string, unknown>; from: string; to: string }) =>
  ask<Trial>("POST", "/v1/rules/trial", trial);
export const storeRules = (parameters: Record<string, unknown>) => post("/v1/rules", parameters as never);
export const useRules = (version: string) => ask<unknown>("POST", `/v1/rules/${encodeURIComponent(version)}/use`);

export const searchAudit = (query: Query, signal: AbortSignal) => get("/v1/audit", { query, signal });
