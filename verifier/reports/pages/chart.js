"use strict";
/* Two parts. `model` computes what a configuration has, by the same rules as verifier/layout/chart.py and
   verifier/reports/chart_shapes.py; it proves nothing: which conflicts are on, the regimes in the data say. The rest draws. */
const model = (() => {
  const MIB = 1048576n, LEAST = 64n * MIB, SUPERPAGE = 2n * MIB;
  const AXIS = 208, GAP = 14, TOP = 34, NOTES = 316, NOTE = 64, CHARACTER = 6.7, LINE = 12;

  /** The data: in it a string is a number after `#`, else a text after another sign. */
  function read(text) {
    const data = JSON.parse(text, (_, value) => typeof value !== "string" ? value
      : value[0] === "#" ? BigInt(`0x${value.slice(1)}`) : value.slice(1));
    for (const each of data.controls) if (each.stops.length) each.stops = stops(each);
    return data;
  }

  /** Where the slider over sizes stops: at powers of two, half way between, and at the borders of the data. */
  function stops(control) {
    const found = [...control.stops];
    for (let power = control.unit; power <= control.high; power *= 2n) found.push(power, power * 3n / 2n);
    const low = control.low, whole = found.filter((each) => low <= each && each <= control.high && each % control.unit === 0n);
    return [...new Set(whole)].sort(compare);
  }

  const least = (one, other) => one < other ? one : other;
  const most = (one, other) => one > other ? one : other;

  function holds([choices, counts], chosen) {
    return Object.entries(choices).every(([name, values]) => values.includes(chosen[name]))
      && Object.entries(counts).every(([name, [low, high]]) => low <= chosen[name] && chosen[name] <= high);
  }

  /** What Xen builds of a choice in a column; null if there is no such guest. */
  function within(column, chosen) {
    const found = { ...chosen };
    for (const [given, value, bounded, limit] of column.limits)
      if (found[given] === value && (found[bounded] ?? 0n) > limit) found[bounded] = limit;
    return column.has.some((box) => holds(box, found)) ? found : null;
  }

  /** [start, end) of a block; null if it is not there. `chosen` is null in the overview. */
  function extent(block, chosen) {
    const [window, size, before, isRest] = block.fill ?? [];
    if (chosen === null) return isRest ? null : [block.start, block.end];
    if (block.when && !block.when.some((box) => holds(box, chosen))) return null;
    if (!block.fill) return [block.start, block.end];
    const used = least(most(chosen.memory - before, 0n), size);
    if (!isRest) return used ? [block.start, block.start + used] : null;
    const start = most(block.start, window + (used + SUPERPAGE - 1n) / SUPERPAGE * SUPERPAGE);
    const end = least(block.end, 1n << chosen.ipa_bits);
    return end - start >= LEAST ? [start, end] : null;
  }

  function view(data, chosen) {
    const sides = data.columns.map((column) => chosen === null ? null : within(column, chosen));
    const there = sides.map((side) => chosen === null || side !== null);
    const extents = data.blocks.map((block) => there[block.column] ? extent(block, sides[block.column]) : null);
    const on = [], marks = [];
    data.conflicts.forEach((conflict, index) => {
      const column = conflict.columns.at(-1), side = sides[column];
      if (!there[column] || (side !== null && !conflict.when.some((box) => holds(box, side)))) return;
      on.push(index);
      for (const mark of conflict.marks) {
        const own = marked(mark, extents, side);
        if (own) marks.push({ index, start: own[0], end: own[1] });
      }
    });
    marks.sort((one, other) => compare(one.start, other.start) || compare(one.end, other.end));
    const ends = chosen === null ? data.widths : [chosen.ipa_bits];
    return { chosen, sides, placed: inLanes(data, extents), marks, on, ends };
  }

  function marked([blocks, low, high, beyond], extents, side) {
    let start = beyond && side !== null ? 1n << side.ipa_bits : low, end = high;
    for (const index of blocks) {
      if (!extents[index]) return null;
      start = most(start, extents[index][0]);
      end = least(end, extents[index][1]);
    }
    return start < end ? [start, end] : null;
  }

  const compare = (one, other) => one < other ? -1 : one > other ? 1 : 0;

  function inLanes(data, extents) {
    const byPlace = (one, other) => compare(one.start, other.start) || compare(other.end, one.end) || one.index - other.index;
    const found = [];
    extents.forEach((own, index) => own && found.push({ index, start: own[0], end: own[1], lane: 0, lanes: 1 }));
    data.columns.forEach((_, column) => {
      let group = [], ends = [];
      const close = () => { for (const each of group) each.lanes = ends.length; group = []; ends = []; };
      for (const each of found.filter((one) => data.blocks[one.index].column === column).sort(byPlace)) {
        if (ends.length && ends.every((end) => each.start >= end)) close();
        const free = ends.findIndex((end) => end <= each.start);
        each.lane = free < 0 ? ends.length : free;
        ends[each.lane] = each.end;
        group.push(each);
      }
      close();
    });
    return found.sort(byPlace);
  }

  function scaleOf(view, isLinear) {
    const used = [...view.placed, ...view.marks].flatMap((each) => [each.start, each.end]);
    const ends = view.ends.map((bits) => 1n << bits);
    let edges = [...new Set([0n, ...used, ...ends])].sort(compare);
    let tops = [0];
    for (let index = 1; index < edges.length; index++)
      tops.push(tops[index - 1] + Math.max(17, 1.15 * (3 + Math.log2(Number(edges[index] - edges[index - 1])))));
    if (isLinear) {
      const reach = used.reduce(most, 1n), height = tops.at(-1);
      const last = ends.filter((end) => end >= reach).reduce((one, other) => one === null ? other : least(one, other), null) ?? reach;
      edges = edges.filter((edge) => edge <= last);
      if (edges.at(-1) !== last) edges.push(last);
      tops = edges.map((edge) => height * Number(edge) / Number(last));
    }
    const y = (address) => {
      if (address <= 0n) return 0;
      if (address >= edges.at(-1)) return tops.at(-1);
      let low = 0, high = edges.length - 1;
      while (high - low > 1) { const middle = (low + high) >> 1; if (edges[middle] <= address) low = middle; else high = middle; }
      return tops[low] + (tops[high] - tops[low]) * Number(address - edges[low]) / Number(edges[high] - edges[low]);
    };
    return { edges, tops, height: tops.at(-1), y };
  }

  /** Bytes as `8 GiB`, as verifier/layout/units.py has it. */
  function size(number) {
    const names = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    for (let index = 5; index >= 0; index--) {
      const unit = 1n << BigInt(10 * (index + 1));
      if (number >= unit && number % unit === 0n && number / unit < 10000n) return `${number / unit} ${names[index]}`;
    }
    for (let index = 5; index >= 0; index--) {
      const shift = BigInt(10 * (index + 1)), whole = number >> shift;
      if (!whole || number < 10000n) continue;
      const places = Math.max(0, 3 - whole.toString().length);
      const scaled = (number * 10n ** BigInt(places) + (1n << (shift - 1n))) >> shift;
      const text = scaled.toString().padStart(places + 1, "0");
      return `~${places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text} ${names[index]}`;
    }
    return `${number} byte${number === 1n ? "" : "s"}`;
  }

  const hexa = (number) => `0x${number.toString(16)}`;
  const span = (start, end) => `[${hexa(start)}, ${hexa(end)})`;
  const clipped = (text, room) => [...text].length <= room ? text : `${[...text].slice(0, room - 1).join("")}\u2026`;

  function labels(name, more, room, height) {
    const count = Math.floor((room - 10) / CHARACTER);
    if (height < LINE || count < 4) return [];
    if ([...name].length + 2 + more.length <= count) return [`${name}, ${more}`];
    return height >= 2.3 * LINE ? [clipped(name, count), clipped(more, count)] : [clipped(name, count)];
  }

  /** What is drawn, with places in pixels. */
  function shapes(data, shown, isLinear) {
    const scale = scaleOf(shown, isLinear), wide = data.columns.length === 1 ? 420 : 330;
    const x = (column) => AXIS + column * (wide + GAP), right = x(data.columns.length) - GAP;
    const high = (start, end) => [scale.y(start), scale.y(end) - scale.y(start)];
    const found = { titles: data.columns.map((each, index) => ({ x: x(index), title: each.title,
      note: shown.chosen !== null && shown.sides[index] === null ? "no such guest here" : each.note })),
      ticks: [], sizes: [], ends: [], free: [], blocks: [], marks: [], notes: [], right };
    let last = -LINE;
    scale.edges.forEach((edge, index) => {
      const top = scale.tops[index];
      if (top - last >= LINE) { last = top; found.ticks.push({ y: top, text: hexa(edge) }); }
      if (index && top - scale.tops[index - 1] >= LINE)
        found.sizes.push({ y: (top + scale.tops[index - 1]) / 2, text: size(edge - scale.edges[index - 1]) });
    });
    for (const bits of shown.ends)
      if (1n << bits <= scale.edges.at(-1))
        found.ends.push({ y: scale.y(1n << bits), text: `end of ${bits}-bit addresses (${size(1n << bits)})` });
    let done = 0n;
    const top = least(1n << shown.ends.at(-1), scale.edges.at(-1));
    for (const { start, end } of [...shown.placed, { start: top, end: top }]) {
      const stop = least(start, top);
      if (stop > done) {
        const cuts = [done, ...scale.edges.filter((edge) => done < edge && edge < stop), stop];
        for (let index = 1; index < cuts.length; index++) {
          const [y, height] = high(cuts[index - 1], cuts[index]), bytes = size(cuts[index] - cuts[index - 1]);
          found.free.push({ group: "free", x: AXIS, y, width: right - AXIS, height, index: -1,
            lines: height >= LINE ? [`free, ${bytes}`] : [] });
        }
      }
      done = most(done, end);
    }
    for (const { index, start, end, lane, lanes } of shown.placed) {
      const block = data.blocks[index], own = wide / lanes, [y, height] = high(start, end), tall = Math.max(1.5, height);
      const more = size(end - start) + (block.presence && shown.chosen === null ? ` (${block.presence})` : "")
        + (block.change ? `, ${block.change}` : "");
      found.blocks.push({ group: block.group, x: x(block.column) + lane * own, y, width: own, height: tall, index, start, end,
        lines: labels(block.name, more, own, tall),
        says: `${block.name} ${span(start, end)}, ${size(end - start)}${block.presence ? `, ${block.presence}` : ""}` });
    }
    let free = 0;
    const told = new Set(), room = Math.floor((NOTES - 26) / CHARACTER);
    for (const { index, start, end } of shown.marks) {
      const conflict = data.conflicts[index], left = x(conflict.columns[0]), [y, height] = high(start, end);
      const mark = { group: conflict.verdict, x: left, y, width: x(conflict.columns.at(-1)) + wide - left, height: Math.max(3, height), index };
      found.marks.push(mark);
      if (told.has(index)) continue;
      told.add(index);
      const of = y + mark.height / 2, at = Math.max(free, of - NOTE / 2);
      free = at + NOTE + 6;
      const sign = { refuted: "\u2716", waived: "\u2713 accepted:" }[conflict.verdict] ?? "?";
      const head = [clipped(`${sign} ${conflict.kind} ${size(end - start)}`, room), ...conflict.names];
      found.notes.push({ index, y: at, of, verdict: conflict.verdict,
        lines: [...head, ...(shown.chosen === null ? conflict.lines : [`${conflict.property}, as chosen`])] });
    }
    found.width = right + GAP + (data.conflicts.length ? NOTES : 90);
    found.height = TOP + Math.max(scale.height, ...found.notes.map((each) => each.y + NOTE)) + 24;
    return found;
  }

  /** `891 GiB`, `0xdec0000000`, `512M`: bytes, or null. */
  function bytes(text) {
    const found = /^\s*(0x[0-9a-f]+|\d+)\s*([kmgt]?)(?:i?b|i|bytes?)?\s*$/i.exec(text);
    return found ? BigInt(found[1]) << BigInt(10 * " kmgt".indexOf(found[2].toLowerCase() || " ")) : null;
  }

  return { read, holds, within, extent, view, shapes, size, span, bytes };
})();
