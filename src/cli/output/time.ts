/** Times for people, in the local zone. Programs get ISO 8601 in UTC. @module */

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A time in the local zone as `YYYY-MM-DD HH:MM:SS`; `-` for none. */
export function localTime(iso: string | null): string {
  const time = new Date(iso ?? NaN);
  if (Number.isNaN(time.getTime())) return iso ?? "-";
  // Of a zone that has an offset and no name, as in TZ=BRT3, the name says UTC: so must the time.
  if (localZone() === "UTC") return time.toISOString().slice(0, 19).replace("T", " ");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

// Not within a path or a longer word, which such a time may be a part of.
const TIME = /(?<![\w/.:-])\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z(?!:?[\w/-])/g;

/** A sentence with each of its times in UTC put into the local zone. */
export function withLocalTimes(text: string): string {
  return text.replaceAll(TIME, (time) => localTime(time));
}

/** The same for a sentence that stands alone: each time with the name of its zone behind it. */
export function withZonedTimes(text: string): string {
  return text.replaceAll(TIME, (time) => zonedTime(time));
}

/** A time with the name of its zone behind it. */
export function zonedTime(iso: string): string {
  return `${localTime(iso)} ${localZone()}`;
}

/** The local zone's name, such as `America/Sao_Paulo`; `UTC` where it has none. */
export function localZone(): string {
  // An unknown zone, as in TZ=Nonsense, is UTC. Intl.DateTimeFormat takes 20 ms for the same.
  const zone = Temporal.Now.timeZoneId();
  // TZ= and TZ=: have no name at all; their times are those of UTC.
  return zone === "Etc/Unknown" ? "UTC" : zone;
}
