// The API as a page, made of openapi.json: what there is, what each takes, and a command to try it with.

const VERBS = ["get", "post", "put", "patch", "delete"];
const ORDER = ["answers", "OpenAI", "chat", "what was said elsewhere", "glass box", "who you are"];

wear();
start();

async function start() {
  const main = document.getElementById("routes");
  try {
    const answer = await fetch("../openapi.json");
    if (!answer.ok) throw new Error(answer.statusText);
    main.replaceChildren(...groups(await answer.json()));
  } catch (error) {
    main.replaceChildren(element("p", `openapi.json cannot be read: ${error.message}`));
  }
  main.removeAttribute("aria-busy");
  document.getElementById("find").addEventListener("input", ({ target }) => narrow(main, target.value));
  document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
}

function wear() {
  try {
    document.documentElement.dataset.theme = localStorage.getItem("rookery.theme") ?? "system";
  } catch {
    // Storage is off: as the system has it.
  }
}

function groups(api) {
  const found = new Map();
  for (const [path, verbs] of Object.entries(api.paths)) {
    for (const verb of VERBS.filter((name) => name in verbs)) {
      const tag = verbs[verb].tags?.[0] ?? "more";
      found.set(tag, [...(found.get(tag) ?? []), route(api, path, verb, verbs[verb])]);
    }
  }
  const place = (tag) => (ORDER.includes(tag) ? ORDER.indexOf(tag) : ORDER.length);
  return [...found.keys()]
    .sort((one, other) => place(one) - place(other))
    .map((tag) => element("section", element("h2", tag), ...found.get(tag)));
}

function route(api, path, verb, told) {
  const text = (told.description ?? told.summary ?? "").trim();
  const first = text.split(/(?<=[.;:])\s/)[0].replace(/[;:]$/, "");
  const schema = resolved(api, told.requestBody?.content?.["application/json"]?.schema);
  const whole = element("details");
  whole.id = `${verb}${path}`.replaceAll(/[^a-z0-9]+/g, "-");
  whole.dataset.words = `${verb} ${path} ${text}`.toLowerCase();
  const name = element("code", verb.toUpperCase());
  name.className = `verb ${verb}`;
  whole.append(element("summary", name, element("code", path), element("span", ...prose(first))));
  const more = element("div", ...paragraphs(text));
  more.className = "more";
  const parameters = (told.parameters ?? []).map((given) => ({ ...given.schema, ...given, kind: given.in }));
  if (parameters.length) more.append(element("h3", "Parameters"), table(api, parameters));
  if (schema?.properties) more.append(element("h3", "Body"), table(api, fields(schema)));
  more.append(element("h3", "Try"), element("pre", curl(path, verb, schema)));
  whole.append(more);
  return whole;
}

function resolved(api, schema) {
  const name = schema?.$ref?.split("/").pop();
  return name ? api.components?.schemas?.[name] : schema;
}

function fields(schema) {
  const needed = schema.required ?? [];
  return Object.entries(schema.properties).map(([name, field]) => ({ ...field, name, required: needed.includes(name) }));
}

function table(api, rows) {
  const body = element("tbody", ...rows.map((field) => row(api, field)));
  const whole = element("div", element("table", body));
  whole.className = "fields";
  return whole;
}

function row(api, field) {
  const name = element("td", element("code", field.name));
  if (field.required) {
    const needed = element("span", " needed");
    needed.className = "needed";
    name.append(needed);
  }
  const said = [field.description, "default" in field && field.default !== "" ? `Default: ${JSON.stringify(field.default)}` : ""];
  return element("tr", name, element("td", kindOf(api, field)), element("td", ...prose(said.filter(Boolean).join(" "))));
}

function kindOf(api, field) {
  const schema = resolved(api, field.schema ?? field) ?? {};
  if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => kindOf(api, one)))].filter((kind) => kind !== "null").join(" or ");
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `list of ${kindOf(api, schema.items ?? {})}`;
  return schema.title && schema.type === "object" ? schema.title : (schema.type ?? "anything");
}

function curl(path, verb, schema) {
  const lines = [`curl${verb === "get" ? "" : ` -X ${verb.toUpperCase()}`} ${location.origin}${path}`];
  lines.push("-H 'Authorization: Bearer KEY'");
  if (schema?.properties) {
    lines.push("-H 'Content-Type: application/json'");
    const needed = fields(schema).filter((field) => field.required);
    const body = Object.fromEntries(needed.map((field) => [field.name, sample(field)]));
    lines.push(`-d '${JSON.stringify(body)}'`);
  }
  return lines.join(" \\\n  ");
}

function sample(schema) {
  if (schema.enum) return schema.enum[0];
  if (schema.type === "array") return [sample(schema.items ?? {})];
  if (schema.type === "object") {
    const needed = fields({ properties: {}, ...schema }).filter((field) => field.required);
    return Object.fromEntries(needed.map((field) => [field.name, sample(field)]));
  }
  return { integer: 1, number: 1, boolean: true }[schema.type] ?? "…";
}

function paragraphs(text) {
  return text.split(/\n\s*\n/).map((part) => element("p", ...prose(part.replaceAll(/\s+/g, " "))));
}

function prose(text) {
  return text.split("`").map((part, place) => (place % 2 ? element("code", part) : part));
}

function narrow(main, wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of main.querySelectorAll("details")) {
    one.hidden = !words.every((word) => one.dataset.words.includes(word));
  }
  for (const group of main.querySelectorAll("section")) {
    group.hidden = !group.querySelector("details:not([hidden])");
  }
}

function element(name, ...parts) {
  const made = document.createElement(name);
  made.append(...parts);
  return made;
}
