/** Times in the agency's zone, spans in words. */

const made = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = made.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    made.set(key, found);
  }
  return found;
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
const DAY = { weekday: "short", day: "numeric", month: "short" } as const;

/** `21:04:05` */
export const clockTime = (at: number, zone: string) => formatter(zone, CLOCK).format(at);
/** `21:04` */
export const minuteTime = (at: number, zone: string) => formatter(zone, { hour: "2-digit", minute: "2-digit" }).format(at);
/** `Sat, 4 Jul` */
export const dayOf = (at: number, zone: string) => formatter(zone, DAY).format(at);
/** `4 Jul` */
export const shortDay = (at: number, zone: string) => formatter(zone, { day: "numeric", month: "short" }).format(at);
/** `Sat, 4 Jul 2026` */
export const dateOf = (at: number, zone: string) => formatter(zone, { ...DAY, year: "numeric" }).format(at);
/** `CDT`, or what there is of a name. */
export function zoneName(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}
/** `2026-07-05 02:04:05 UTC` */
export const utc = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;

export function sameDay(a: number, b: number, zone: string): boolean {
  return dateOf(a, zone) === dateOf(b, zone);
}

/** `−0:12`, `4:05`, `1:02:03`: what a clock counts. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `32 s`, `4 min 5 s`, `3 h 20 min`, `12 d`: two units at most. */
export function span(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const whole = Math.abs(Math.round(seconds));
  if (whole < 60) return `${sign}${whole} s`;
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.floor(whole / 60) % 60;
  if (whole < 172_800) return `${sign}${Math.floor(whole / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
  return `${sign}${Math.floor(whole / 86_400)} d`;
}

/** How long ago, in one unit: `now`, `4 min ago`, `3 h ago`, `12 d ago`. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 5400) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** What an `<input type="datetime-local">` holds for a time in a zone. */
export function toLocalInput(at: number, zone: string): string {
  const part = formatter(zone, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" })
    .formatToParts(at)
    .reduce<Record<string, string>>((all, { type, value }) => ({ ...all, [type]: value }), {});
  // While a year is typed it is 2, 20 and 202 first.
  return `${part.year?.padStart(4, "0")}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** Beginnings of days in a zone between two moments, evenly, some `most` of them. */
export function midnights(from: number, until: number, zone: string, most: number): Date[] {
  const dayMs = 86_400_000;
  const first = Date.parse(`${toLocalInput(from, zone).slice(0, 10)}T00:00Z`);
  const step = Math.max(1, Math.ceil((until - from) / dayMs / most)) * dayMs;
  const found: Date[] = [];
  for (let day = first; day <= until; day += step) {
    const at = fromLocalInput(new Date(day).toISOString().slice(0, 16), zone);
    if (at !== null && at >= from && at <= until) found.push(new Date(at));
  }
  return found;
}

/** The moment that such an input means in a zone; null when it holds none. */
export function fromLocalInput(text: string, zone: string): number | null {
  const guess = Date.parse(`${text}Z`);
  if (Number.isNaN(guess)) return null;
  const minute = Math.floor(guess / 60_000) * 60_000;
  // Twice, for the offset at the guess may be that of the other side of a change of the clocks.
  let at = minute;
  for (let round = 0; round < 2; round++) at += minute - Date.parse(`${toLocalInput(at, zone)}Z`);
  return at + (guess - minute);
}
