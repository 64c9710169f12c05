const SPAN_MS = 120_000;
/** Points further apart than this have nothing known between them. */
const GAP_MS = 6_000;
const [WIDTH, HEIGHT, MARGIN] = [120, 24, 2];

/** A line, or bars, of the last two minutes. The number itself stands beside it as text. */
export class Chart {
  #svg;
  #name;
  #format;
  #top;
  #bars;
  #points = [];
  #line = path('chart-line');
  #area = path('chart-area');

  /**
   * @param {SVGElement} svg
   * @param {object} as
   * @param {string} as.name
   * @param {(value: number) => string} as.format
   * @param {?number} [as.top]    of the scale, otherwise the highest value
   * @param {boolean} [as.bars]
   */
  constructor(svg, { name, format, top = null, bars = false }) {
    this.#svg = svg;
    this.#name = name;
    this.#format = format;
    this.#top = top;
    this.#bars = bars;
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.replaceChildren(this.#area, this.#line);
    this.#draw();
  }

  /** @param {?number} value  null when there is none to show for now */
  push(value, at = performance.now()) {
    this.#points.push({ at, value });
    this.#points = this.#points.filter(point => point.at > at - SPAN_MS);
    this.#draw(at);
  }

  clear() {
    this.#points = [];
    this.#draw();
  }

  #draw(now = 0) {
    const known = this.#points.filter(({ value }) => value !== null);
    const values = known.map(({ value }) => value);
    const top = this.#top ?? (Math.max(0, ...values) * 1.1 || 1);
    const x = ({ at }) => round(WIDTH - MARGIN / 2 - (now - at) / SPAN_MS * WIDTH);
    const y = ({ value }) => round(HEIGHT - MARGIN / 2 - value / top * (HEIGHT - MARGIN * 1.5));

    if (this.#bars) {
      this.#line.setAttribute('d', known.filter(({ value }) => value > 0).map(p => `M${x(p)} ${HEIGHT}V${y(p)}`).join(''));
    } else {
      const runs = this.#runs().map(run => run.map(point => `${x(point)} ${y(point)}`));
      this.#line.setAttribute('d', runs.map(run => `M${run.join('L')}${run.length === 1 ? 'h0' : ''}`).join(''));
      this.#area.setAttribute('d', runs.map(run =>
        `M${run[0].split(' ')[0]} ${HEIGHT}L${run.join('L')}V${HEIGHT}Z`).join(''));
    }
    this.#svg.setAttribute('aria-label', this.#describe(values));
  }

  /** The points that hang together. */
  #runs() {
    const runs = [];
    let last = null;
    for (const point of this.#points) {
      if (point.value !== null) {
        if (last === null || point.at - last.at > GAP_MS) runs.push([]);
        runs.at(-1).push(point);
      }
      last = point.value === null ? null : point;
    }
    return runs;
  }

  #describe(values) {
    if (values.length === 0) return `${this.#name}, last two minutes: nothing yet`;
    const [low, high, now] = [Math.min(...values), Math.max(...values), values.at(-1)].map(this.#format);
    return `${this.#name}, last two minutes: ${low} to ${high}, lately ${now}`;
  }
}

function path(name) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  element.setAttribute('class', name);
  return element;
}

const round = value => Math.round(value * 100) / 100;
