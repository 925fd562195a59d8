// The answer that a consent dialogue other than the package's leaves in a cookie or a header, read by words of it.

/** Words by which an answer is read. A value without any of them is a refusal. */
export interface ConsentWords {
  /** What a value contains that allows visits to be kept, and events to be sent and counted: `statistics:true`. */
  full?: string | undefined;
  /** What a value contains that allows visits to be kept, but no event to be sent: `preferences:true`. */
  session?: string | undefined;
}

/** Where an edge finds the answer. The header comes first. */
export interface ConsentSource extends ConsentWords {
  header?: string | undefined;
  cookie?: string | undefined;
}

/** The answer in a value, percent-encoded or not; undefined where there is none. */
export function said(value: string | undefined, { full, session }: ConsentWords): "granted" | "session" | "denied" | undefined {
  if (!value) return undefined;
  let text = value;
  try {
    text = decodeURIComponent(value);
  } catch {
    // It was not encoded.
  }
  return full && text.includes(full) ? "granted" : session && text.includes(session) ? "session" : "denied";
}
