// Draws the curves of a report. Everything shown is text content or a number, never markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const NS = "http://www.w3.org/2000/svg";
  const DASHES = ["", "7 3", "2 2.5", "8 3 2 3"];
  const colour = arm => "c" + arm % 7;
  const dash = arm => DASHES[Math.floor(arm / 7) % 4];

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  function drawn(tag, attributes, text) {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }
  function number(value) {
    if (value === null || !Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    if (size >= 1000) return Math.round(value).toLocaleString("en-US");
    return size !== 0 && size < 0.001 ? value.toExponential(2) : String(+value.toPrecision(4));
  }
  function median(values) {
    if (!values.length) return null;
    const sorted = values.slice().sort((a, b) => a - b), half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
  // A centred running median whose window shrinks on both sides alike towards an end, as in the tables.
  function smooth(values, width) {
    if (width < 2) return values;
    return values.map((value, at) => {
      if (value === null) return null;
      const reach = Math.min(width >> 1, at, values.length - 1 - at);
      return median(values.slice(at - reach, at + reach + 1).filter(one => one !== null));
    });
  }
  // Round places for ticks: 1, 2 or 5 times a power of ten, or powers of ten on a logarithmic axis.
  function ticks(low, high, wanted, log) {
    const out = [];
    if (log) {
      const most = Math.ceil(Math.log10(high)), least = Math.floor(Math.log10(low)), factors = most - least > 3 ? [1] : [1, 2, 5];
      for (let power = least; power <= most; power++)
        for (const factor of factors) out.push(factor * 10 ** power);
      const within = out.filter(tick => tick >= low * 0.999 && tick <= high * 1.001);
      if (within.length > 1) return within;
      out.length = 0;
    }
    const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough);
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at++) out.push(at * step);
    return out;
  }

  // What all charts share: which arms and seeds are shown, and how.
  const seeds = [...new Set(data.runs.map(run => run.seed))].sort((a, b) => a - b);
  const state = { arms: new Set(data.arms.keys()), seeds: new Set(seeds), width: 1, logX: false, logY: false, medians: true };
  const charts = [];
  const redraw = () => charts.forEach(chart => chart.draw());
  const steps = run => data.grids[run.grid];
  const first = Math.min(...data.grids.flat().filter(step => step > 0), Infinity);

  function toggle(name, pressed, act, extra) {
    const button = make("button", { type: "button", "aria-pressed": pressed, ...extra }, name);
    button.addEventListener("click", () => {
      const now = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", now);
      act(now);
    });
    return button;
  }
  function member(set, one) {
    return on => { on ? set.add(one) : set.delete(one); redraw(); };
  }
  function bar(name, ...nodes) {
    return make("div", { class: "bar", role: "group", "aria-label": name }, make("span", { "aria-hidden": true }, name), ...nodes);
  }

  function controls() {
    const arms = data.arms.map((name, arm) => {
      const key = drawn("svg", { class: "key", "aria-hidden": true, viewBox: "0 0 24 10" });
      key.append(drawn("line", { x1: 0, y1: 5, x2: 24, y2: 5, class: colour(arm), "stroke-width": 3, "stroke-dasharray": dash(arm) }));
      const button = toggle("", true, member(state.arms, arm), { class: "arm" });
      button.append(key, name);
      return button;
    });
    const each = seeds.map(seed => toggle(String(seed), true, member(state.seeds, seed), { class: "seed", "aria-label": "seed " + seed }));
    const set = name => on => { state[name] = on; redraw(); };
    const smoothing = make("select", { id: "smoothing" });
    for (const [width, name] of [[1, "none"], [3, "median of 3"], [5, "median of 5"], [9, "median of 9"], [15, "median of 15"]])
      smoothing.append(make("option", { value: width }, name));
    smoothing.addEventListener("change", () => { state.width = +smoothing.value; redraw(); });
    const axes = [toggle("log steps", false, set("logX")), toggle("log values", false, set("logY")),
      toggle("medians", true, set("medians")), make("label", { for: "smoothing" }, "smoothing"), smoothing];
    return [bar("Arms", ...arms), bar("Seeds", ...each), bar("View", ...axes)];
  }

  class Chart {
    constructor(chart, index) {
      this.chart = chart;
      this.zoom = null;
      this.step = null;
      this.svg = drawn("svg", { class: "plot", tabindex: 0, role: "img", "aria-roledescription": "chart" });
      this.told = make("p", { class: "told", "aria-live": "polite" });
      this.note = make("p", { class: "note" });
      this.reset = make("button", { type: "button", class: "reset", disabled: "" }, "Reset zoom");
      this.reset.addEventListener("click", () => this.zoomTo(null));
      const values = make("details", {}, make("summary", {}, "Values as a table"));
      values.addEventListener("toggle", () => this.fill(values));
      this.values = values;
      const title = make("h3", { id: "chart-" + index }, chart.name + (chart.quantity === chart.name ? "" : ": " + chart.quantity));
      this.node = make("figure", { class: "chart", "aria-labelledby": "chart-" + index }, title, this.note, this.svg,
        make("div", { class: "below" }, this.told, this.reset),
        make("figcaption", {}, "Thin lines are runs, thick ones medians over the seeds shown."), values);
      this.listen();
    }
    zoomTo(zoom) {
      this.zoom = zoom;
      this.reset.disabled = zoom === null;
      this.draw();
    }
    shown() {
      return data.runs.map((run, at) => ({ run, at, x: steps(run) })).filter(({ run }) => state.arms.has(run.arm) && state.seeds.has(run.seed))
        .map(one => ({ ...one, y: smooth(this.chart.values[one.at], state.width) }));
    }
    // The median over runs at each step that one of them has, by arm.
    medians(shown) {
      const arms = new Map();
      for (const { run, x, y } of shown) {
        if (!arms.has(run.arm)) arms.set(run.arm, new Map());
        const at = arms.get(run.arm);
        x.forEach((step, place) => {
          if (y[place] === null) return;
          if (!at.has(step)) at.set(step, []);
          at.get(step).push(y[place]);
        });
      }
      return [...arms].map(([arm, at]) => ({ arm, points: [...at].sort((a, b) => a[0] - b[0]).map(([step, all]) => [step, median(all), all.length]) }));
    }
    // Where the axes begin and end, and the maps from values to pixels.
    frame(shown) {
      const width = Math.max(280, this.svg.clientWidth || 640), height = width < 500 ? 260 : 340;
      const room = { left: 58, right: 12, top: 10, bottom: 36 };
      const levels = this.chart.levels.filter(level => level[1] !== null && (!state.logY || level[1] > 0));
      let ys = levels.map(level => level[1]), xs = [];
      for (const { x, y } of shown) {
        for (let at = 0; at < x.length; at++) {
          if (y[at] === null || (state.logY && y[at] <= 0)) continue;
          ys.push(y[at]);
          xs.push(x[at]);
        }
      }
      if (!xs.length) xs = [0, 1];
      if (!ys.length) ys = [0.1, 1];
      const ends = all => all.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, -Infinity]);
      let [x0, x1] = ends(xs), [y0, y1] = ends(ys);
      // Step 0 stands at the left edge of a logarithmic axis.
      if (state.logX) x0 = Math.max(x0, first === Infinity ? 1 : first);
      if (x1 <= x0) x1 = x0 + 1;
      const margin = (y1 - y0 || Math.abs(y1) || 1) * 0.04;
      if (!state.logY) [y0, y1] = [y0 - margin, y1 + margin];
      else if (y1 <= y0) [y0, y1] = [y0 / 2, y1 * 2];
      if (this.zoom) {
        ({ x0, x1, y0, y1 } = { ...{ x0, x1, y0, y1 }, ...this.zoom });
        if (state.logX) x0 = Math.max(x0, first / 2);
        if (state.logY && y0 <= 0) y0 = y1 / 1000;
      }
      const axis = (low, high, from, to, log) => {
        const by = log ? value => Math.log(Math.max(value, low * 1e-9)) : value => value;
        const a = by(low), b = by(high);
        return {
          at: value => from + (to - from) * Math.max(-9, Math.min(9, (by(value) - a) / (b - a))),
          back: pixel => { const value = a + (b - a) * (pixel - from) / (to - from); return log ? Math.exp(value) : value; },
        };
      };
      const x = axis(x0, x1, room.left, width - room.right, state.logX), plain = x.at;
      if (state.logX) x.at = value => plain(Math.max(value, x0 * (this.zoom ? 0 : 1)));
      return { width, height, room, levels, x0, x1, y0, y1, x, y: axis(y0, y1, height - room.bottom, room.top, state.logY) };
    }
    draw() {
      const shown = this.shown(), f = this.f = this.frame(shown), medians = this.means = this.medians(shown);
      this.runs = shown;
      const { width, height, room, x, y } = f, right = width - room.right, bottom = height - room.bottom;
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.svg.setAttribute("height", height);
      this.svg.setAttribute("aria-label", `${this.chart.name} over training steps, ${shown.length} runs`);
      const id = "clip-" + charts.indexOf(this), clip = drawn("clipPath", { id }), all = [clip];
      clip.append(drawn("rect", { x: room.left, y: room.top, width: right - room.left, height: bottom - room.top }));
      for (const tick of ticks(f.y0, f.y1, 5, state.logY)) {
        const at = y.at(tick);
        all.push(drawn("line", { class: "grid", x1: room.left, x2: right, y1: at, y2: at }));
        all.push(drawn("text", { x: room.left - 6, y: at + 4, "text-anchor": "end" }, number(tick)));
      }
      let used = -Infinity;
      for (const tick of ticks(f.x0, f.x1, width < 500 ? 4 : 7, state.logX)) {
        const at = x.at(tick);
        all.push(drawn("line", { class: "grid", x1: at, x2: at, y1: bottom, y2: bottom + 4 }));
        const half = number(tick).length * 3.5, place = Math.min(at, right - half);
        if (place - half < used + 6) continue;
        used = place + half;
        all.push(drawn("text", { x: place, y: bottom + 17, "text-anchor": "middle" }, number(tick)));
      }
      all.push(drawn("text", { x: (room.left + right) / 2, y: height - 3, "text-anchor": "middle" }, "training steps"));
      const inside = drawn("g", { "clip-path": `url(#${id})` });
      for (const [label, at] of data.marks) {
        const line = drawn("line", { class: "mark", x1: x.at(at), x2: x.at(at), y1: room.top, y2: bottom });
        line.append(drawn("title", {}, label));
        inside.append(line);
      }
      for (const [, value] of f.levels) inside.append(drawn("line", { class: "level", x1: room.left, x2: right, y1: y.at(value), y2: y.at(value) }));
      const path = points => {
        let text = "", pen = "M";
        for (const [step, value] of points) {
          if (value === null || (state.logY && value <= 0)) { pen = "M"; continue; }
          text += pen + x.at(step).toFixed(1) + " " + y.at(value).toFixed(1);
          pen = "L";
        }
        return text;
      };
      this.lines = shown.map(({ run, x: at, y: values }) => {
        const line = drawn("path", { class: "run " + colour(run.arm), "stroke-dasharray": dash(run.arm), d: path(at.map((step, place) => [step, values[place]])) });
        inside.append(line);
        return line;
      });
      if (state.medians) for (const { arm, points } of medians)
        inside.append(drawn("path", { class: "median " + colour(arm), "stroke-dasharray": dash(arm), d: path(points) }));
      let taken = [];
      for (const [label, value] of f.levels) {
        const at = y.at(value);
        if (at < room.top || at > bottom || taken.some(other => Math.abs(other - at) < 13)) continue;
        taken.push(at);
        inside.append(drawn("text", { x: right - 4, y: at < room.top + 14 ? at + 13 : at - 4, "text-anchor": "end" }, `${label} ${number(value)}`));
      }
      this.cursor = drawn("line", { class: "cursor", y1: room.top, y2: bottom, visibility: "hidden" });
      this.box = drawn("rect", { class: "box", visibility: "hidden" });
      inside.append(this.cursor, this.box);
      all.push(inside);
      this.svg.replaceChildren(...all);
      this.note.textContent = state.width > 1 ? `Smoothed: running medians of ${state.width} evaluations. The tables below the charts are of the raw values.` : "";
      if (this.step !== null) this.point(this.step);
      this.fill(this.values);
    }
    // Says the values at the evaluation nearest to a step, and of the run nearest to a place.
    point(step, height) {
      const all = [...new Set(this.runs.flatMap(one => one.x))].filter(at => at >= this.f.x0 - 1e-9 && at <= this.f.x1 + 1e-9);
      if (!all.length) return;
      const distance = at => Math.abs(this.f.x.at(at) - this.f.x.at(step));
      const near = all.reduce((best, at) => distance(at) < distance(best) ? at : best);
      this.step = near;
      const place = this.f.x.at(near);
      this.cursor.setAttribute("x1", place);
      this.cursor.setAttribute("x2", place);
      this.cursor.setAttribute("visibility", "visible");
      const parts = [make("b", {}, "step " + near.toLocaleString("en-US"))];
      for (const { arm, points } of this.means) {
        const found = points.find(point => point[0] === near);
        if (found) parts.push(` · ${data.arms[arm]} ${number(found[1])}` + (found[2] > 1 ? ` (median of ${found[2]})` : ""));
      }
      let best = null;
      this.lines.forEach(line => line.classList.remove("near"));
      if (height !== undefined) this.runs.forEach(({ run, x, y }, index) => {
        const value = y[x.indexOf(near)];
        if (value === undefined || value === null) return;
        const away = Math.abs(this.f.y.at(value) - height);
        if (!best || away < best.away) best = { away, run, value, index };
      });
      if (best && best.away < 40) {
        this.lines[best.index].classList.add("near");
        parts.push(make("br"), `nearest: ${data.arms[best.run.arm]}, seed ${best.run.seed}${best.run.finished ? "" : " (unfinished)"}: `, make("b", {}, number(best.value)));
      }
      this.told.replaceChildren(...parts);
    }
    listen() {
      const at = event => {
        const box = this.svg.getBoundingClientRect(), scale = this.f.width / box.width;
        return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      };
      let from = null;
      this.svg.addEventListener("pointerdown", event => {
        if (event.button) return;
        from = at(event);
        this.svg.setPointerCapture(event.pointerId);
      });
      this.svg.addEventListener("pointermove", event => {
        const [x, y] = at(event);
        this.point(this.f.x.back(x), y);
        if (!from || Math.abs(x - from[0]) < 6) return;
        const { room, height } = this.f, tall = Math.abs(y - from[1]) > 20;
        const size = { x: Math.min(x, from[0]), width: Math.abs(x - from[0]), y: tall ? Math.min(y, from[1]) : room.top,
          height: tall ? Math.abs(y - from[1]) : height - room.top - room.bottom, visibility: "visible" };
        for (const [name, value] of Object.entries(size)) this.box.setAttribute(name, value);
      });
      this.svg.addEventListener("pointerup", event => {
        if (!from) return;
        const [x, y] = at(event), [fromX, fromY] = from, { room, width, height } = this.f;
        from = null;
        if (Math.abs(x - fromX) < 6) return;
        const hold = (value, low, high) => Math.max(low, Math.min(high, value));
        const across = [x, fromX].map(one => this.f.x.back(hold(one, room.left, width - room.right))).sort((a, b) => a - b);
        const zoom = { ...this.zoom, x0: across[0], x1: across[1] };
        if (Math.abs(y - fromY) > 20)
          [zoom.y0, zoom.y1] = [y, fromY].map(one => this.f.y.back(hold(one, room.top, height - room.bottom))).sort((a, b) => a - b);
        if (zoom.x1 > zoom.x0) this.zoomTo(zoom);
      });
      this.svg.addEventListener("pointercancel", () => { from = null; this.box.setAttribute("visibility", "hidden"); });
      this.svg.addEventListener("dblclick", () => this.zoomTo(null));
      this.svg.addEventListener("keydown", event => {
        const all = [...new Set(this.runs.flatMap(one => one.x))].sort((a, b) => a - b);
        if (!all.length || event.ctrlKey || event.metaKey || event.altKey) return;
        const place = this.step === null ? 0 : Math.max(0, all.indexOf(this.step));
        const moves = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: all.length - 1 };
        if (event.key in moves) {
          const next = this.step === null ? 0 : Math.max(0, Math.min(all.length - 1, moves[event.key]));
          this.point(all[next]);
        } else if (event.key === "+" || event.key === "-") {
          const { x, room, width } = this.f, middle = this.step === null ? (room.left + width) / 2 : x.at(this.step);
          const by = event.key === "+" ? 0.5 : 2, ends = [room.left, width - room.right].map(end => x.back(middle + (end - middle) * by));
          const whole = event.key === "-" && ends[0] <= all[0] && ends[1] >= all[all.length - 1];
          this.zoomTo(whole ? null : { ...this.zoom, x0: Math.max(0, ends[0]), x1: ends[1] });
        } else if (event.key === "0") this.zoomTo(null);
        else return;
        event.preventDefault();
      });
    }
    // The table behind the chart, made when it is looked at: raw values of the runs shown.
    fill(details) {
      while (details.children.length > 1) details.lastChild.remove();
      if (!details.open) return;
      const runs = this.runs, head = make("tr", {}, make("th", { scope: "col" }, "step"));
      for (const { run } of runs) head.append(make("th", { scope: "col", class: "n" }, `${data.arms[run.arm]}, seed ${run.seed}`));
      const body = make("tbody"), all = [...new Set(runs.flatMap(one => one.x))].sort((a, b) => a - b);
      const places = runs.map(one => new Map(one.x.map((step, place) => [step, place])));
      for (const step of all) {
        const row = make("tr", {}, make("th", { scope: "row" }, step.toLocaleString("en-US")));
        runs.forEach((one, index) => {
          const value = this.chart.values[one.at][places[index].get(step)];
          row.append(make("td", { class: "n" }, value === undefined || value === null ? "" : String(value)));
        });
        body.append(row);
      }
      const table = make("table", {}, make("caption", {}, this.chart.name + ", raw values"), make("thead", {}, head), body);
      details.append(make("div", { class: "wide values", tabindex: 0, role: "region", "aria-label": this.chart.name + ", raw values" }, table));
    }
  }

  function theme() {
    const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const button = toggle("Dark", dark, on => { root.dataset.theme = on ? "dark" : "light"; }, { id: "theme" });
    document.querySelector("nav").append(button);
  }

  theme();
  const place = document.getElementById("charts");
  if (data.runs && data.runs.length) {
    place.append(...controls(), make("p", { class: "note" }, "Drag in a chart to zoom. With the keyboard in a chart, arrows move from evaluation "
      + "to evaluation, + and - zoom around it, 0 resets."));
    data.charts.forEach((chart, index) => charts.push(new Chart(chart, index)));
    place.append(...charts.map(chart => chart.node));
    redraw();
    let width = innerWidth;
    addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
  } else place.append(make("p", {}, "No run has been evaluated yet."));
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
