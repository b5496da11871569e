/** Charts drawn here, in SVG: as wide as their place, with one tab stop each, arrow keys, and a table beside them. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import { labelStep } from "../../core/charts";

const HEIGHT = 168;
const TOP = 10;
const BOTTOM = 22;
const LEFT = 50;
const LABEL_WIDTH = 46;
const BAR_WIDTH_MAX = 30;

export interface Slot {
  readonly key: string;
  /** Under the axis. */
  readonly label: string;
  /** All that is to be said of this slot, in words. */
  readonly said: string;
  /** Nothing is behind it. */
  readonly empty: boolean;
}

interface Geometry {
  readonly width: number;
  readonly slot: number;
  readonly x: (index: number) => number;
  readonly y: (value: number) => number;
}

interface FrameProps {
  readonly title: string;
  readonly slots: readonly Slot[];
  /** The end of the axis, and how its marks read. */
  readonly end: number;
  readonly mark: (value: number) => string;
  readonly onPick?: ((index: number) => void) | undefined;
  readonly children: (geometry: Geometry) => ComponentChildren;
}

function useWidth(): [(element: Element | null) => void, number] {
  const [width, setWidth] = useState(320);
  const observer = useRef<ResizeObserver | null>(null);
  useEffect(() => () => observer.current?.disconnect(), []);
  const take = (element: Element | null): void => {
    if (element === null || observer.current !== null) return;
    observer.current = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.max(220, Math.round(entry.contentRect.width)));
    });
    observer.current.observe(element);
  };
  return [take, width];
}

/** Axes and slots; what is drawn in them is `children`'s. Slots can be walked with arrow keys and picked. */
export function Frame({ title, slots, end, mark, onPick, children }: FrameProps) {
  const [take, width] = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const [home, setHome] = useState(slots.length - 1);
  const elements = useRef(new Map<number, SVGGElement>());
  const slot = (width - LEFT) / Math.max(1, slots.length);
  const bottom = HEIGHT - BOTTOM;
  const geometry: Geometry = {
    width,
    slot,
    x: (index) => LEFT + slot * (index + 0.5),
    y: (value) => bottom - ((bottom - TOP) * Math.min(value, end)) / end,
  };
  const step = labelStep(slot, LABEL_WIDTH);
  const last = slots.length - 1;
  const stop = Math.min(home, last);
  const go = (index: number): void => {
    const next = Math.max(0, Math.min(last, index));
    setHome(next);
    elements.current.get(next)?.focus();
  };
  const onKey = (event: KeyboardEvent, index: number): void => {
    switch (event.key) {
      case "ArrowLeft":
        go(index - 1);
        break;
      case "ArrowRight":
        go(index + 1);
        break;
      case "Home":
        go(0);
        break;
      case "End":
        go(last);
        break;
      case "Enter":
      case " ":
        if (slots[index]?.empty === false) onPick?.(index);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = at === null ? null : slots[at];
  return (
    <div class="chart" ref={take}>
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="group" aria-label={title}>
        {[0, end / 2, end].map((value) => (
          <g key={value} aria-hidden="true">
            <line class={value === 0 ? "axis" : "grid"} x1={LEFT} x2={width} y1={geometry.y(value)} y2={geometry.y(value)} />
            <text class="tick" x={LEFT - 8} y={geometry.y(value)} dy="0.34em" text-anchor="end">
              {mark(value)}
            </text>
          </g>
        ))}
        {slots.map(({ key, label }, index) =>
          (last - index) % step === 0 ? (
            <text key={key} class="tick" x={geometry.x(index)} y={HEIGHT - 5} text-anchor="middle" aria-hidden="true">
              {label}
            </text>
          ) : null,
        )}
        {at !== null && (
          <rect class="at" x={LEFT + slot * at} y={TOP - 6} width={slot} height={bottom - TOP + 6} aria-hidden="true" />
        )}
        <g aria-hidden="true">{children(geometry)}</g>
        {slots.map(({ key, said, empty }, index) => (
          <g
            key={key}
            ref={(element) => {
              if (element === null) elements.current.delete(index);
              else elements.current.set(index, element);
            }}
            role={onPick === undefined ? "img" : "button"}
            aria-label={said}
            aria-disabled={onPick !== undefined && empty ? "true" : undefined}
            tabIndex={index === stop ? 0 : -1}
            class={onPick === undefined || empty ? "slot" : "slot pick"}
            onKeyDown={(event) => onKey(event, index)}
            onFocus={() => setAt(index)}
            onBlur={() => setAt(null)}
            onMouseEnter={() => setAt(index)}
            onMouseLeave={() => setAt(null)}
            onClick={() => {
              if (!empty) onPick?.(index);
            }}
          >
            <rect x={LEFT + slot * index} y={TOP - 6} width={slot} height={bottom - TOP + 6} fill="transparent" />
          </g>
        ))}
      </svg>
      {shown !== null && shown !== undefined && at !== null && (
        <p class="tip" aria-hidden="true" style={{ insetInlineStart: `${Math.round(geometry.x(at))}px` }} data-side={at > last / 2 ? "end" : "start"}>
          {shown.said}
        </p>
      )}
    </div>
  );
}

export interface Part {
  readonly key: string;
  readonly class: string;
  readonly values: readonly number[];
}

/** Columns whose parts stand on one another, the first at the foot. */
export function Columns({ parts, ...frame }: Omit<FrameProps, "children"> & { parts: readonly Part[] }) {
  return (
    <Frame {...frame}>
      {({ slot, x, y }) =>
        frame.slots.map(({ key }, index) => {
          const wide = Math.min(BAR_WIDTH_MAX, Math.max(4, slot * 0.62));
          let below = 0;
          return parts.map((part) => {
            const value = part.values[index] ?? 0;
            const from = y(below);
            below += value;
            const to = y(below);
            return value === 0 ? null : (
              <rect
                key={`${key}.${part.key}`}
                class={`bar ${part.class}`}
                x={x(index) - wide / 2}
                y={to}
                width={wide}
                height={Math.max(1.5, from - to - (below === value ? 0 : 1))}
                rx={2}
              />
            );
          });
        })
      }
    </Frame>
  );
}

/** A curve through the middle values, with a whisker up to the slow ones, and a line at what is aimed at. */
export function Curve({ middle, slow, aim, aimLabel, ...frame }: Omit<FrameProps, "children"> & {
  middle: readonly (number | null)[];
  slow: readonly (number | null)[];
  aim: number;
  aimLabel: string;
}) {
  return (
    <Frame {...frame}>
      {({ width, x, y }) => {
        const runs: string[] = [];
        let open = false;
        for (const [index, value] of middle.entries()) {
          if (value === null) {
            open = false;
            continue;
          }
          runs.push(`${open ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
          open = true;
        }
        return (
          <>
            {aim <= frame.end && (
              <>
                <line class="aim" x1={LEFT} x2={width} y1={y(aim)} y2={y(aim)} />
                {/* Where the scale has its mark there already, it is not said twice. */}
                {aim !== frame.end && aim !== frame.end / 2 && (
                  <text class="tick aim-label" x={LEFT + 4} y={y(aim) - 5}>
                    {aimLabel}
                  </text>
                )}
              </>
            )}
            {slow.map((value, index) => {
              const from = middle[index];
              if (value === null || from === null || from === undefined || value <= from) return null;
              return <line key={frame.slots[index]?.key} class="whisker" x1={x(index)} x2={x(index)} y1={y(from)} y2={y(value)} />;
            })}
            <path class="curve" d={runs.join("")} />
            {middle.map((value, index) =>
              value === null ? null : <circle key={frame.slots[index]?.key} class="dot" cx={x(index)} cy={y(value)} r={4} />,
            )}
          </>
        );
      }}
    </Frame>
  );
}
