/** Numbers as people read them; what is not known is a dash. */
export const NOT_KNOWN = "–";

const grouped = new Intl.NumberFormat("en-US");

export const whole = (value: number) => grouped.format(Math.round(value));

/** A probability: never 0 % or 100 %, for nothing is certain. */
export function percent(probability: number | null): string {
  if (probability === null) return NOT_KNOWN;
  const hundredths = probability * 100;
  if (hundredths < 1) return "< 1 %";
  if (hundredths > 99) return "> 99 %";
  return `${Math.round(hundredths)} %`;
}

export function metres(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} km` : `${whole(value)} m`;
}

export const many = (count: number, one: string, several = `${one}s`) => `${whole(count)} ${count === 1 ? one : several}`;

/** `NNE` for 22.5°. */
export function compass(degrees: number): string {
  const points = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];
  return points[Math.round((((degrees % 360) + 360) % 360) / 22.5) % 16] as string;
}
