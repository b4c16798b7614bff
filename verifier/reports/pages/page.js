/* What the reader does: choose, point, walk. Texts come from the data and are only ever set as text. */
(() => {
  const by = (id) => document.getElementById(id);
  const data = model.read(by("chart-data").textContent);
  const svg = document.querySelector("figure svg"), form = by("controls"), fields = form.elements;
  const rows = [...document.querySelectorAll("#regions tr[data-block]")];
  const sizes = data.controls.find((control) => control.stops.length);
  const messages = [...document.querySelectorAll("#conflicts .says")].map((each) => each.textContent);
  let shown = null;

  /** The choice of the controls; null for the overview. */
  function chosen() {
    if (data.overview && fields.view.value === "all") return null;
    return Object.fromEntries(data.controls.map((control) => [control.name, valueOf(control)]));
  }

  function valueOf(control) {
    const field = fields[control.name];
    if (control.stops.length) return memory;
    if (control.name === "ipa_bits") return control.choices[Number(field.value)][0];
    if (field.type === "checkbox") return field.checked ? 1n : 0n;
    if (control.choices.length) return control.choices[Number(field.value)][0];
    return within(control, /^\d+$/.test(field.value) ? BigInt(field.value) : control.low);
  }

  const within = ({ low, high }, value) => value < low ? low : value > high ? high : value;

  let memory = sizes?.value ?? 0n;

  /** Both fields of the memory, as near as the slider gets. */
  function setMemory(value) {
    memory = within(sizes, value - value % sizes.unit);
    fields.memory.max = sizes.stops.length - 1;
    const index = sizes.stops.findIndex((stop) => stop >= memory);
    fields.memory.value = index < 0 ? fields.memory.max : index;
    fields.memory.setAttribute("aria-valuetext", model.size(memory));
    fields["memory-text"].value = `0x${memory.toString(16)}`;
    fields["memory-text"].removeAttribute("aria-invalid");
    by("memory-words").textContent = model.size(memory);
  }

  function set(values) {
    for (const control of data.controls) {
      const value = values[control.name], field = fields[control.name];
      if (value === undefined) continue;
      if (control.stops.length) setMemory(value);
      else if (field.type === "checkbox") field.checked = value === 1n;
      else if (control.choices.length) field.value = control.choices.findIndex(([each]) => each === value);
      else field.value = value.toString();
    }
  }

  const px = (number) => String(Math.round(number * 10) / 10);

  function make(parent, name, attributes = {}, text = null) {
    const element = document.createElementNS(svg.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes))
      element.setAttribute(key, typeof value === "number" ? px(value) : value);
    if (text !== null) element.textContent = text;
    parent.append(element);
    return element;
  }

  const box = (parent, { x, y, width, height }) => make(parent, "rect", { x, y, width, height });

  function draw() {
    const focus = document.activeElement?.closest?.("[data-block],[data-conflict]");
    const kept = focus && svg.contains(focus) ? { ...focus.dataset } : null;
    shown = model.view(data, chosen());
    const all = model.shapes(data, shown, fields.scale.value === "linear"), root = by("drawn");
    svg.setAttribute("viewBox", `0 0 ${all.width} ${px(all.height)}`);
    svg.setAttribute("width", all.width);
    svg.setAttribute("height", px(all.height));
    root.replaceChildren();
    const axis = make(root, "g", { "aria-hidden": "true" });
    for (const { x, title, note } of all.titles) {
      make(axis, "text", { class: "title", x, y: -18 }, title);
      make(axis, "text", { class: "soft", x, y: -5 }, note);
    }
    make(root, "path", { class: "tick", d: all.ticks.map(({ y }) => `M120 ${px(y)}H208`).join("") });
    const addresses = make(root, "g", { class: "axis", "aria-hidden": "true" });
    for (const { y, text } of all.ticks) make(addresses, "text", { x: 114, y: y + 4 }, text);
    const lengths = make(root, "g", { class: "axis soft", "aria-hidden": "true" });
    for (const { y, text } of all.sizes) make(lengths, "text", { x: 200, y: y + 4 }, text);
    const free = make(root, "g", { class: "free" });
    for (const each of all.free) box(free, each);
    for (const each of all.blocks) {
      const group = make(root, "g", { class: `block ${each.group}`, role: "listitem", tabindex: "0",
        "data-block": String(each.index) });
      make(group, "title", {}, each.says);
      box(group, each);
    }
    const ends = make(root, "g", { class: "end", "aria-hidden": "true" });
    for (const { y, text } of all.ends) {
      const wide = 6.7 * text.length;
      make(ends, "path", { d: `M208 ${px(y)}H${all.right}` });
      box(ends, { x: all.right - wide - 8, y: y - 7, width: wide + 6, height: 14 });
      make(ends, "text", { x: all.right - 4, y: y + 4 }, text);
    }
    for (const each of all.marks) box(make(root, "g", { class: `mark ${each.group}` }), each);
    const labels = make(root, "g", { class: "labels", "aria-hidden": "true" });
    for (const each of [...all.free, ...all.blocks])
      each.lines.forEach((line, index) => make(labels, "text", { ...(each.index < 0 ? { class: "soft" } : {}), x: each.x + 6,
        y: each.y + (each.lines.length > 1 ? 14 : Math.min(each.height / 2 + 4, 16)) + 14 * index }, line));
    for (const each of all.notes) {
      const group = make(root, "g", { class: `note ${each.verdict}`, role: "listitem", tabindex: "0",
        "data-conflict": String(each.index) }), right = all.right, y = each.y;
      make(group, "title", {}, messages[each.index]);
      make(group, "path", { d: `M${right} ${px(each.of)}L${right + 12} ${px(y + 24)}` });
      box(group, { x: right + 12, y, width: 304, height: 64 });
      each.lines.forEach((line, index) =>
        make(group, "text", { ...(index ? {} : { class: "what" }), x: right + 20, y: y + 15 + 14 * index }, line));
    }
    if (kept) {
      const [key, value] = Object.entries(kept)[0];
      root.querySelector(`[data-${key}="${value}"]`)?.focus();
    }
    table(all);
    tell();
    document.querySelectorAll(".remark").forEach((each, index) => {
      each.hidden = shown.chosen !== null && !data.remarks[index].some((box) => model.holds(box, shown.chosen));
    });
  }

  /** Rows of what is there, with its range now. */
  function table(all) {
    const now = new Map(all.blocks.map((each) => [each.index, each]));
    const wanted = by("filter").value.trim().toLowerCase();
    for (const row of rows) {
      const each = now.get(Number(row.dataset.block));
      row.hidden = !each || !row.textContent.toLowerCase().includes(wanted);
      if (!each) continue;
      row.cells[1].textContent = model.span(each.start, each.end);
      row.cells[2].textContent = model.size(each.end - each.start);
    }
    for (const item of document.querySelectorAll("#conflicts [data-conflict]")) {
      const on = shown.on.includes(Number(item.dataset.conflict));
      item.classList.toggle("off", !on);
      item.querySelector(".on").textContent = shown.chosen === null ? "" : on ? "here" : "not here";
    }
  }

  /** One sentence: what is seen, and what is wrong with it. */
  function tell() {
    const wrong = shown.on.filter((index) => data.conflicts[index].verdict === "refuted");
    const open = shown.on.filter((index) => data.conflicts[index].verdict === "unknown");
    const drawn = wrong.filter((index) => shown.marks.some((mark) => mark.index === index)).length, rest = wrong.length - drawn;
    const counted = (drawn || rest ? `${drawn} conflict${drawn === 1 ? "" : "s"} in the drawing` : "no conflict")
      + (rest ? `, ${rest} more in the list` : "") + (open.length ? `, ${open.length} not decided` : "");
    const cut = shown.chosen === null ? [] : shown.sides.flatMap((side, column) => {
      const title = data.columns.length > 1 ? `${data.columns[column].title}: ` : "";
      if (side === null) return [`${title}there is no such guest`];
      return Object.keys(side).filter((name) => side[name] !== shown.chosen[name]).map((name) =>
        `${title}${name} is limited to ${name === "memory" ? model.size(side[name]) : side[name]}: Xen builds no more of it in this guest`);
    });
    const words = shown.chosen === null ? "All that any guest has"
      : `Shown: ${data.controls.map((control) => said(control, shown.chosen[control.name])).filter(Boolean).join(", ")}`;
    const more = shown.chosen === null && data.apart ? ["Blocks side by side without a red frame are never present together"] : cut;
    const missing = shown.chosen !== null && shown.sides.every((side) => side === null);
    by("state").textContent = missing ? words.replace("Shown", "Of such a guest nothing is known here")
      : [`${words}: ${counted}.`, ...more.map((each) => `${each}.`)].join(" ");
    by("state").classList.toggle("wrong", wrong.length > 0);
  }

  function said(control, value) {
    if (control.stops.length) return model.size(value);
    const words = control.choices.find(([each]) => each === value)?.[1], label = control.label;
    if (fields[control.name].type === "checkbox") return value ? `with ${label}` : "";
    return words ?? (value ? `${value} ${value === 1n ? label.replace(/s$/, "") : label}` : "");
  }

  /** What the pointer or the focus is on. */
  function point(target) {
    const { block, conflict } = target.dataset, list = by("detail");
    const told = block === undefined ? ofConflict(Number(conflict)) : ofBlock(Number(block));
    list.replaceChildren(...told.filter(([, text]) => text).flatMap(([name, text]) => {
      const term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = name;
      value.textContent = text;
      return [term, value];
    }));
    for (const row of rows) row.classList.toggle("pointed", row.dataset.block === block);
  }

  /** Origin and constraint stand in the table. */
  function ofBlock(index) {
    const block = data.blocks[index], now = shown.placed.find((each) => each.index === index);
    const row = rows.find((each) => each.dataset.block === String(index));
    return [["name", block.name], ["range", `${model.span(now.start, now.end)}, end exclusive`],
      ["size", `${model.size(now.end - now.start)} (0x${(now.end - now.start).toString(16)})`],
      ["present", block.presence || "always"], ["comes from", row.cells[4].textContent], ["must be", row.cells[5].textContent]];
  }

  function ofConflict(index) {
    const { property, verdict } = data.conflicts[index];
    const when = document.querySelector(`#conflicts [data-conflict="${index}"] .when`).textContent;
    return [["conflict", messages[index]], ["property", `${property}, ${verdict}`], ["when", when]];
  }

  /** The arrows walk by address. */
  function walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], at = event.target.closest?.("[tabindex]");
    if (!step || !at) return;
    const all = [...svg.querySelectorAll("[tabindex]")], next = all[all.indexOf(at) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  function listen() {
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      const { name, value } = event.target;
      if (name === "memory") setMemory(sizes.stops[Number(value)]);
      if (name === "memory-text") {
        const size = model.bytes(value);
        if (size === null) return event.target.setAttribute("aria-invalid", "true");
        setMemory(size);
        event.target.value = value;
      }
      if (name === "ipa_bits") words();
      if (data.overview && name !== "view" && name !== "scale") fields.view.value = "one";
      draw();
    });
    by("filter").addEventListener("input", draw);
    for (const kind of ["pointerover", "focusin"])
      svg.addEventListener(kind, (event) => { const at = event.target.closest("[data-block],[data-conflict]"); if (at) point(at); });
    svg.addEventListener("keydown", walk);
    by("conflicts")?.addEventListener("click", (event) => {
      const index = event.target.closest("button")?.dataset.example;
      if (index === undefined) return;
      if (data.overview) fields.view.value = "one";
      set(data.conflicts[Number(index)].example);
      words();
      draw();
      svg.querySelector(`[data-conflict="${index}"]`)?.focus();
    });
  }

  function words() {
    const field = fields.ipa_bits;
    if (!field) return;
    const text = data.controls.find((each) => each.name === "ipa_bits").choices[Number(field.value)][1];
    by("ipa_bits-words").textContent = text;
    field.setAttribute("aria-valuetext", text);
  }

  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  set(Object.fromEntries(data.controls.map((control) => [control.name, control.value])));
  words();
  listen();
  draw();
})();
