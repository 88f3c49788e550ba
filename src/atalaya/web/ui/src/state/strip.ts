/** Where the stretches of a stream lie on a strip, and how a stream is told in a few numbers. */
import type { Span, Stream } from "../api/client";

export interface Stretch {
  span: Span;
  x: number;
  width: number;
}

/** Narrowest mark of something that is not as it should be, of a thousand: three points on the page. */
const NARROWEST = 7;

/** Stretches from left to right on a strip of that width; what is sound lies underneath. */
export function stretches(spans: readonly Span[], start: number, end: number, width: number): Stretch[] {
  if (!(end > start)) {
    return [];
  }
  const at = (value: number) => (width * Math.min(Math.max(value - start, 0), end - start)) / (end - start);
  const placed = spans.map((span) => {
    const x = at(span.start);
    const least = span.state === "ok" || span.state === "not_kept" ? 0 : NARROWEST;
    const wide = Math.max(at(span.end) - x, least);
    return { span, x: Math.min(x, width - wide), width: wide };
  });
  return placed.sort((one, other) => order(one.span) - order(other.span));
}

/** Spans by number of frame → by row of a timeline that holds some of the frames only. */
export function byRow(spans: readonly Span[], frames: readonly number[]): Span[] {
  const rowOf = (frame: number) => {
    const after = frames.findIndex((it) => it >= frame);
    return after < 0 ? frames.length : after;
  };
  return spans.map((span) => ({ ...span, start: rowOf(span.start), end: rowOf(span.end) }));
}

/** Packets a stream should have had, as far as can be told. */
export function expected(stream: Stream): number {
  return stream.counts.packets + stream.counts.missing;
}

/** Packets that can be used. */
export function usable(stream: Stream): number {
  return stream.counts.packets - stream.counts.checksum_failed;
}

const ORDER: readonly Span["state"][] = ["ok", "not_kept", "repaired", "gap", "checksum_failed"];

function order(span: Span): number {
  return ORDER.indexOf(span.state);
}
