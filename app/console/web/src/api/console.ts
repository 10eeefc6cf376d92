/** The console's own routes: the session and what the agency set. */
import { ask } from "./http.ts";
import type { ConsoleSettings, Session } from "./types.ts";

export const readSession = () => ask<Session>("GET", "/console/session");
export const openSession = (key: string) => ask<Session>("POST", "/console/session", { key });
export const closeSession = () => ask<void>("DELETE", "/console/session");
export const tellActivity = () => ask<void>("POST", "/console/session/activity");
export const readSettings = () => ask<ConsoleSettings>("GET", "/console/settings");
