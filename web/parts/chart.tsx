import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Scrolls } from './scrolls';
import { type Column, Table } from './table';

export interface Series {
  readonly name: string;
  /** The CSS custom property with the colour of the series. */
  readonly colour: string;
  readonly counts: readonly number[];
}

/** Counts over time as stacked columns. The same numbers stand in a table, for readers who do not see the chart. */
export function Chart({
  title,
  times,
  series,
}: {
  title: string;
  /** The beginning of each column, in seconds. */
  times: readonly number[];
  series: readonly Series[];
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const chart = new uPlot(optionsOf(element, times, series), dataOf(times, series), element);
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [times, series]);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <ul class="legend">
        {series.map(({ name, colour, counts }) => (
          <li key={name}>
            <span class={`swatch ${colour}`} aria-hidden="true" />
            {name}: <strong>{sum(counts)}</strong>
          </li>
        ))}
      </ul>
      <div ref={place} class="chart" aria-hidden="true" />
      <details>
        <summary>The numbers as a table</summary>
        <Numbers title={title} times={times} series={series} />
      </details>
    </figure>
  );
}

function Numbers({
  title,
  times,
  series,
}: {
  title: string;
  times: readonly number[];
  series: readonly Series[];
}) {
  const filled = times
    .map((time, at) => ({ time, at }))
    .filter(({ at }) => series.some(({ counts }) => counts[at]));
  return (
    <Scrolls label={title}>
      <Table caption={title} columns={['From', ...series.map(({ name }): Column => [name, 'number'])]}>
        {filled.map(({ time, at }) => (
          <tr key={time}>
            <td>{TIME.format(time * 1_000)}</td>
            {series.map(({ name, counts }) => (
              <td key={name} class="number">
                {counts[at] ?? 0}
              </td>
            ))}
          </tr>
        ))}
      </Table>
    </Scrolls>
  );
}

const HEIGHT = 220;
const AXIS_TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', weekday: 'short' });
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeStyle: 'short' });

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function optionsOf(element: HTMLElement, times: readonly number[], series: readonly Series[]): uPlot.Options {
  const [first = 0, second = first] = times;
  const end = (times.at(-1) ?? first) + (second - first);
  const style = getComputedStyle(element);
  const colourOf = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colourOf('quiet'),
    grid: { stroke: colourOf('line'), width: 1 },
    ticks: { stroke: colourOf('line'), width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  const bars = uPlot.paths.bars?.({ size: [0.8, 60], align: 1 });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    // A column begins at its time, so the last one ends after the last time.
    scales: {
      x: { range: () => [first, end] },
      y: { range: (_chart, _least, most) => [0, Math.max(4, most * 1.1)] },
    },
    axes: [
      { ...axis, values: (_chart, seconds) => seconds.map((one) => AXIS_TIME.format(one * 1_000)) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] },
    ],
    // The highest sum is drawn first and the lower ones over it.
    series: [
      {},
      ...series.toReversed().map(({ colour }) => ({
        fill: colourOf(`bar-${colour}`),
        stroke: colourOf(`bar-${colour}`),
        width: 0,
        points: { show: false },
        ...(bars ? { paths: bars } : {}),
      })),
    ],
  };
}

/** Returns the sums of each series and those below it, the highest first. */
function dataOf(times: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  const stacked = series.map((_, upTo) =>
    times.map((_, at) => sum(series.slice(0, upTo + 1).map(({ counts }) => counts[at] ?? 0))),
  );
  return [[...times], ...stacked.toReversed()];
}
