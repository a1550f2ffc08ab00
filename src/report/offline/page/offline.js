"use strict";
// Looks up the chosen mix, or estimates it from single measures and pairs, and writes the answer. All data are in the page.
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const texts = data.texts;
  const locale = data.lang === "nl" ? "nl-NL" : "en-GB";
  const byId = (id) => document.getElementById(id);
  const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

  function number(value, decimals) {
    const text = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
    return /[1-9]/.test(text) ? text.replace("-", "\u2212") : text.replace("-", "");
  }
  // Two significant digits, three from a hundred thousand on.
  function about(value) {
    const digits = Math.abs(value) >= 100000 ? 3 : 2;
    const short = Number(value.toPrecision(digits));
    const size = short === 0 ? 0 : Math.floor(Math.log10(Math.abs(short)));
    return number(short, short === 0 ? 0 : Math.max(0, Math.min(4, digits - 1 - size)));
  }
  const signed = (value) => (value > 0 ? "+" : "") + about(value);
  function euro(value) {
    const before = data.lang === "nl" ? "\u20ac\u00a0" : "\u20ac";
    const sign = value < 0 ? "\u2212" : "";
    const size = Math.abs(value);
    if (size >= 999500) {
      const millions = Number((size / 1e6).toPrecision(3));
      const word = data.lang === "nl" ? "\u00a0miljoen" : "\u00a0million";
      return sign + before + number(millions, millions < 100 && millions % 1 !== 0 ? 1 : 0) + word;
    }
    return sign + before + number(size === 0 ? 0 : Number(size.toPrecision(3)), 0);
  }
  const fill = (text, of) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in of ? of[name] : whole));

  const key = (mix) => mix.map((level) => DIGITS[level]).join("");
  const zero = data.levers.map(() => 0);
  function only(mix, levers) {
    const own = zero.slice();
    levers.forEach((lever) => { own[lever] = mix[lever]; });
    return data.mixes[key(own)];
  }
  // Range of changes of single draws.
  function range(units, mean) {
    if (data.spread === null || units.length < 2) return [null, null];
    if (data.spread === "quantiles") {
      const sorted = units.slice().sort((a, b) => a - b);
      const at = (share) => {
        const place = share * (sorted.length - 1);
        const below = Math.floor(place);
        const above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
      };
      return [at(0.025), at(0.975)];
    }
    const variance = units.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (units.length - 1);
    const half = data.spread * Math.sqrt(variance);
    return [mean - half, mean + half];
  }
  // Single measures, and what each simulated pair adds to its two measures, summed draw by draw.
  function estimated(mix, figure) {
    const levers = mix.map((level, lever) => lever).filter((lever) => mix[lever] > 0);
    const singles = levers.map((lever) => only(mix, [lever]));
    if (singles.some((single) => single === undefined)) return undefined;
    if (singles.some((single) => single[figure] === null)) return null;
    const units = singles[0][figure][3].map(() => 0);
    const add = (of, times) => of[figure][3].forEach((value, draw) => { units[draw] += times * value; });
    singles.forEach((single) => add(single, 1));
    for (let a = 0; a < levers.length; a += 1) {
      for (let b = a + 1; b < levers.length; b += 1) {
        const pair = only(mix, [levers[a], levers[b]]);
        if (pair !== undefined && pair[figure] !== null) {
          add(pair, 1);
          add(singles[a], -1);
          add(singles[b], -1);
        }
      }
    }
    const mean = units.reduce((sum, value) => sum + value, 0) / units.length;
    let [low, high] = range(units, mean);
    const base = data.figures[figure].base;
    if (base !== null && low !== null) {
      low = Math.max(low, -base);
      high = Math.max(high, -base);
    }
    return [Math.max(mean, base === null ? mean : -base), low, high];
  }

  function chosen() {
    return data.levers.map((_, lever) => {
      const input = document.querySelector('input[name="lever' + lever + '"]:checked');
      return input === null ? 0 : Number(input.value);
    });
  }
  function named(mix) {
    const parts = [];
    mix.forEach((level, at) => {
      const lever = data.levers[at];
      if (level > 0) parts.push(lever.levels.length > 2 ? lever.name + " (" + lever.levels[level] + ")" : lever.name);
    });
    return parts.length === 0 ? texts.nothing : parts.join(" + ");
  }
  function row(cells) {
    const line = document.createElement("tr");
    cells.forEach((text, at) => {
      const cell = document.createElement(at === 0 ? "th" : "td");
      if (at === 0) cell.scope = "row";
      cell.textContent = text;
      line.append(cell);
    });
    return line;
  }
  function table(id, caption, head, rows) {
    const of = byId(id);
    of.textContent = "";
    const title = document.createElement("caption");
    title.textContent = caption;
    const top = document.createElement("thead");
    const line = document.createElement("tr");
    head.forEach((text) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = text;
      line.append(cell);
    });
    top.append(line);
    const body = document.createElement("tbody");
    rows.forEach((cells) => body.append(row(cells)));
    of.append(title, top, body);
  }

  function sentence(mix, changes) {
    const figure = Number(byId("which").value);
    const money = data.figures.findIndex((it) => it.key === "euro_measures");
    const cost = money < 0 || !changes[money] ? "\u2013" : euro(changes[money][0]);
    const of = { mix: named(mix), euro: cost, figure: data.figures[figure].name };
    of.mix = of.mix.charAt(0).toUpperCase() + of.mix.slice(1);
    const change = changes[figure];
    if (change === null) return fill(texts.few, of);
    of.change = signed(change[0]);
    if (change[1] === null) return fill(texts.single, of);
    of.low = signed(change[1]);
    of.high = signed(change[2]);
    const sure = change[2] < 0 ? texts.sure_less : change[1] > 0 ? texts.sure_more : texts.unsure;
    return fill(texts.sentence, of) + " " + sure;
  }
  function show() {
    const mix = chosen();
    const found = data.mixes[key(mix)];
    const changes = found === undefined ? data.figures.map((_, figure) => estimated(mix, figure)) : found;
    const mark = byId("mark");
    const answer = changes.every((change) => change !== undefined);
    mark.textContent = !answer ? texts.unknown : found === undefined ? texts.estimated : texts.exact;
    mark.className = found === undefined ? "mark estimated" : "mark";
    const nothing = mix.every((level) => level === 0);
    mark.hidden = nothing;
    byId("sentence").textContent = nothing ? texts.start : answer ? sentence(mix, changes) : "";
    const rows = (money) => data.figures.map((figure, at) => [figure, changes[at]]).filter(([figure]) => figure.money === money);
    const span = (change, write) => (change[1] === null ? "" : write(change[1]) + " ; " + write(change[2]));
    table("effects", texts.effects, [texts.figure, texts.without, texts.change, texts.range], rows(false).map(([figure, change]) => {
      const base = figure.base === null ? texts.too_few : about(figure.base);
      if (change === undefined) return [figure.name, base, "\u2013", ""];
      return change === null ? [figure.name, base, texts.too_few, ""] : [figure.name, base, signed(change[0]), span(change, signed)];
    }));
    table("money", texts.money, [texts.figure, texts.change, texts.range], rows(true).map(([figure, change]) => {
      const name = texts[figure.key] || figure.name;
      return change === undefined || change === null ? [name, "\u2013", ""] : [name, euro(change[0]), span(change, euro)];
    }));
  }

  const which = byId("which");
  data.figures.forEach((figure, at) => {
    if (figure.money) return;
    const option = document.createElement("option");
    option.value = String(at);
    option.textContent = figure.name;
    which.append(option);
  });
  byId("off").hidden = true;
  byId("controls").hidden = false;
  byId("answer").hidden = false;
  byId("all").open = false;
  byId("controls").addEventListener("change", show);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("controls").addEventListener("reset", () => setTimeout(show, 0));
  show();
})();
