"use strict";
// Builds the report from its data. Everything becomes a text node or a checked link; no markup is ever parsed.
(() => {
  const data = JSON.parse(document.getElementById("report").textContent);
  const MARKS = { pass: "✓", fail: "✗", warning: "!", unknown: "?", skipped: "–" };
  const SAID = { pass: "passed", fail: "failed", warning: "warning", unknown: "unknown", skipped: "not reached or not tried" };
  const CHUNK = 200;
  const WORST = ["fail", "warning", "unknown", "skipped", "pass"];
  data.projects.sort((one, other) => WORST.indexOf(one.state) - WORST.indexOf(other.state));

  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  };
  const state = (name, words) => make("span", { class: `state ${name}` }, words);
  const mark = (name) => make("span", { role: "img", "aria-label": SAID[name] }, MARKS[name]);
  const link = (address) =>
    /^https?:\/\//.test(address) ? make("a", { href: address, rel: "noopener noreferrer" }, address) : address;

  const copy = (button, pre) => {
    const said = (words) => { button.textContent = words; setTimeout(() => { button.textContent = "Copy"; }, 1500); };
    const select = () => {
      const range = document.createRange();
      range.selectNodeContents(pre);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      said(document.execCommand && document.execCommand("copy") ? "Copied" : "Selected");
    };
    if (navigator.clipboard) navigator.clipboard.writeText(pre.textContent).then(() => said("Copied"), select);
    else select();
  };
  const command = (text) => {
    // Each word in a box of its own: else a line would end within --flag, after its hyphens.
    const words = text.split(/(\s+)/).map((word) => (/\S/.test(word) ? make("span", { class: "word" }, word) : word));
    const pre = make("pre", { tabindex: "0" }, words);
    const button = make("button", { type: "button", "aria-label": `Copy: ${text.slice(0, 80)}` }, "Copy");
    button.addEventListener("click", () => copy(button, pre));
    return make("div", { class: "command" }, pre, button);
  };

  const waiting = (entry) => {
    if (!entry.waits || !entry.waits.length) return null;
    const words = entry.state === "unknown" ? "open question" : "root cause";
    const items = entry.waits.map(([rule, message]) => make("li", {}, make("code", {}, rule), ` ${message}`));
    return make("details", { class: "fold" },
      make("summary", {}, `${entry.waits.length} more could not be judged because of this`),
      make("ul", { class: "tree" },
        make("li", {}, make("span", { class: "root" }, `${entry.rule} ${entry.name} `), state(entry.state, words),
          make("ul", {}, items))));
  };

  const finding = (entry) => {
    const facts = [];
    const fact = (name, ...value) => facts.push(make("dt", {}, name), make("dd", {}, ...value));
    if (entry.place) fact("asked for at", make("code", {}, entry.place));
    if (entry.subject) fact("about", make("code", {}, entry.subject));
    if (entry.principal) fact("principal", make("code", {}, entry.principal));
    for (const [rung, source, at, says] of entry.evidence) {
      fact(rung, says, make("span", { class: "faint" }, ` (${at ? `${source}, ${at}` : source})`));
    }
    const fix = entry.fix && [
      make("p", {}, make("strong", {}, entry.state === "unknown" ? "To find out: " : "Fix: "), entry.fix.summary),
      entry.fix.command ? command(entry.fix.command) : null,
      entry.fix.url ? make("p", {}, "See ", link(entry.fix.url)) : null,
    ];
    return make("article", { class: `is-${entry.state}` },
      make("h4", {}, state(entry.state, entry.word), ` ${entry.rule} ${entry.name}`),
      make("p", {}, entry.message),
      entry.excerpt ? make("pre", { tabindex: "0", "aria-label": "the place in the config" }, entry.excerpt) : null,
      make("dl", {}, facts), fix || null, waiting(entry));
  };

  const folded = (title, rows) => rows.length === 0 ? null : (() => {
    const fold = make("details", { class: "fold" }, make("summary", {}, `${rows.length} ${title}`));
    fold.addEventListener("toggle", () => {
      if (fold.open && !fold.querySelector("ul")) {
        fold.append(make("ul", {}, rows.map(([rule, message, more]) =>
          make("li", {}, make("code", {}, rule), ` ${message}`, more ? make("span", { class: "faint" }, ` (${more})`) : null))));
      }
    });
    return fold;
  })();

  // The words above a table are no caption element, whose width would be the table's.
  const grid = (caption, head, rows) => [make("p", { class: "faint above" }, caption),
    make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, make("table", { "aria-label": caption },
      make("thead", {}, make("tr", {}, head.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, rows.map(([name, cells]) => make("tr", {}, make("th", { scope: "row" }, name), cells)))))];

  const matrix = (paths) => {
    const models = [...new Set(paths.map((path) => path.model))];
    const places = [...new Set(paths.map((path) => path.location))];
    const at = new Map(paths.map((path) => [`${path.model}\n${path.location}`, path]));
    return grid("Models by locations: how far a request gets, and the best evidence for it", ["model", ...places],
      models.map((model) => [model, places.map((place) => {
        const path = at.get(`${model}\n${place}`);
        if (!path) return make("td", { class: "mark faint" }, make("span", { "aria-label": "not asked for", role: "img" }, "·"));
        return make("td", { class: `mark ${path.state}` }, mark(path.state), make("small", {}, path.says));
      })]));
  };
  const gates = (paths) => {
    const names = [...new Set(paths.flatMap((path) => path.gates.map(([name]) => name)))];
    return grid("The path of a request, gate by gate", ["request", ...names], paths.map((path) => {
      const states = new Map(path.gates);
      return [`${path.model} @ ${path.location}`, names.map((name) => {
        const found = states.get(name) || "skipped";
        return make("td", { class: `mark ${found}` }, mark(found));
      })];
    }));
  };

  const quotas = (bars) => !bars.length ? null : [
    make("h3", {}, "Quota against need"),
    grid("What the config needs, against the quota in force", ["model", "unit", "needed", "in force", "share"], bars.map((bar) => {
      const enough = bar.have >= bar.need;
      const share = bar.have > 0 ? bar.need / bar.have : Infinity;
      const inner = make("span", {});
      inner.style.width = `${Math.min(100, Math.round(share * 100))}%`;
      const words = share === Infinity ? "none in force" : `${Math.round(share * 100).toLocaleString("en")} %`;
      return [bar.name, [make("td", {}, bar.unit), make("td", { class: "number" }, bar.need.toLocaleString("en")),
        make("td", { class: "number" }, bar.have.toLocaleString("en")),
        make("td", {}, make("span", { class: `meter ${enough ? "pass" : "fail"}`, "aria-hidden": "true" }, inner), words)]];
    })),
  ];

  const step = (one) => make("article", { class: `is-${one.state}` },
    make("h4", {}, state(one.state, one.word), ` ${one.title}`),
    make("p", { class: "faint" }, one.reason),
    one.diff.length ? make("pre", { tabindex: "0", "aria-label": "what changes" }, one.diff.flatMap((line, place) =>
      [place ? "\n" : "", make("span", { class: `line ${line.startsWith("+") ? "added" : "changed"}` }, line)])) : null,
    one.notes.length ? make("dl", {}, one.notes.map(([name, said]) => [make("dt", {}, name), make("dd", {}, said)])) : null,
    one.command ? command(one.command) : null,
    one.url ? make("p", {}, "See ", link(one.url)) : null,
    folded(one.permissions.length === 1 ? "permission needed" : "permissions needed", one.permissions.map((name) => [name, "", ""])));
  const listed = (title, items) => items.length ? [make("p", {}, make("strong", {}, title)), make("ul", {}, items)] : null;
  const plan = (found) => !found ? null : make("section", { "aria-label": "Plan preview" },
    make("h3", {}, "Plan preview"),
    make("p", {}, make("span", { class: `verdict ${found.state}` }, found.sum)),
    found.steps.length ? make("p", { class: "faint" }, "What vxsetup plan would do, from the answers of this run. Nothing was changed; nothing is ever removed by a plan.",
      found.tested ? "" : " Whether the caller may take these steps was not asked: the plan itself tests each permission.") : null,
    found.steps.map(step),
    listed("Permissions that these steps need and that the caller is without:", found.missing.map((name) => make("li", {}, make("code", {}, name)))),
    listed("What this plan has no step for:", found.left.map(([rule, message]) => make("li", {}, make("code", {}, rule), ` ${message}`))),
    folded("show only when the steps are done", found.later.map(([rule, message]) => [rule, message, ""])),
    found.steps.length ? command(found.command) : null);

  const body = (project) => make("div", {},
    project.paths.length ? [make("h3", {}, "Requests"), matrix(project.paths), gates(project.paths)] : null,
    quotas(project.quotas),
    project.entries.length ? [make("h3", {}, "What stands in the way"), project.entries.map(finding)] : null,
    plan(project.plan),
    project.elsewhere.length ? folded("not reached, because of something told elsewhere", project.elsewhere) : null,
    folded("noted", project.notes), folded("in the baseline", project.baselined), folded("suppressed", project.suppressed),
    folded("passed", project.passes), folded("not applicable", project.not_applicable));

  const section = (project) => {
    const node = make("details", { class: "project" },
      make("summary", {}, state(project.state, project.word), make("span", { class: "name" }, project.name),
        make("span", { class: "faint" }, project.counts, project.file ? ` · ${project.file}` : "")));
    node.addEventListener("toggle", () => { if (node.open) fill(node, project); });
    return node;
  };
  const fill = (node, project) => { if (!node.querySelector(":scope > div")) node.append(body(project)); };

  const list = document.getElementById("projects");
  const count = document.getElementById("count");
  const filter = document.getElementById("filter");
  let shown = [];
  let built = 0;
  let wanted = "all";
  const more = make("button", { type: "button" }, "Show more");
  const grow = () => {
    const next = shown.slice(built, built + CHUNK);
    built += next.length;
    more.before(...next.map(section));
    more.hidden = built >= shown.length;
  };
  more.addEventListener("click", grow);
  if ("IntersectionObserver" in window) {
    new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting) && !more.hidden) grow(); },
      { rootMargin: "600px" }).observe(more);
  }
  const show = () => {
    const words = filter ? filter.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
    shown = data.projects.filter((project) => (wanted === "all" || project.state === wanted) &&
      words.every((word) => (project.search ||= [project.name, project.file, project.word,
        ...project.entries.flatMap((entry) => [entry.rule, entry.name, entry.message])].join(" ").toLowerCase()).includes(word)));
    list.replaceChildren(more);
    built = 0;
    grow();
    if (count) count.textContent = `${shown.length} of ${data.projects.length} shown`;
    if (shown.length === 1) { const only = list.querySelector("details.project"); only.open = true; fill(only, shown[0]); }
  };

  if (data.fleet.length) {
    const models = [...new Set(data.fleet.map((cell) => cell.model))];
    const places = [...new Set(data.fleet.map((cell) => cell.location))];
    const at = new Map(data.fleet.map((cell) => [`${cell.model}\n${cell.location}`, cell]));
    document.getElementById("fleet").append(make("h2", {}, "All projects"),
      ...grid("Models by locations: in how many projects a request gets through", ["model", ...places],
        models.map((model) => [model, places.map((place) => {
          const cell = at.get(`${model}\n${place}`);
          return cell ? make("td", { class: `mark ${cell.state}` }, `${cell.good} of ${cell.all}`) : make("td", { class: "mark faint" }, "·");
        })])));
  }

  for (const button of document.querySelectorAll("button[data-state]")) {
    button.addEventListener("click", () => {
      wanted = button.dataset.state;
      for (const other of document.querySelectorAll("button[data-state]")) other.setAttribute("aria-pressed", String(other === button));
      show();
    });
  }
  if (filter) {
    let timer = 0;
    filter.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 120); });
  }
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && filter) { event.preventDefault(); filter.focus(); return; }
    if (event.key !== "j" && event.key !== "k") return;
    const titles = [...list.querySelectorAll("details.project > summary")];
    const here = titles.findIndex((title) => title.parentElement.contains(document.activeElement));
    const next = titles[Math.max(0, Math.min(titles.length - 1, here + (event.key === "j" ? 1 : -1)))];
    if (next) next.focus();
  });
  addEventListener("beforeprint", () => {
    while (built < shown.length) grow();
    [...list.querySelectorAll("details.project")].forEach((node, place) => {
      if (shown[place].state !== "pass" || shown.length === 1) { node.open = true; fill(node, shown[place]); }
    });
  });
  const next = document.getElementById("next");
  if (data.next) next.append(make("h2", {}, "Next"), command(data.next));
  show();
})();
