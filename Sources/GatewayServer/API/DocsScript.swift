extension Docs {
    /// The page's script: reads `openapi.json` and shows it. Text of the document is only ever set as text.
    static let script = #"""
        "use strict";
        (() => {
          const $ = (id) => document.getElementById(id);
          let doc;

          // An element: attributes, then children; text becomes text.
          function h(name, attributes, ...children) {
            const element = document.createElement(name);
            for (const [key, value] of Object.entries(attributes || {})) {
              if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
            }
            element.append(...children.flat(9).filter((child) => child != null && child !== ""));
            return element;
          }

          function resolve(node) {
            while (node && node.$ref) {
              node = node.$ref.slice(2).split("/").reduce(
                (at, part) => at[part.replaceAll("~1", "/").replaceAll("~0", "~")], doc);
            }
            return node;
          }
          const nameOf = (node) => node && node.$ref ? node.$ref.split("/").pop() : "";

          // The little of CommonMark that the descriptions use: paragraphs, lists and code.
          function inline(text) {
            return text.split(/(`[^`]+`)/).map((part) =>
              part.length > 2 && part.startsWith("`") && part.endsWith("`") ? h("code", {}, part.slice(1, -1)) : part);
          }
          function prose(text) {
            return (text || "").split(/\n\n+/).filter(Boolean).map((block) => {
              const lines = block.split("\n");
              return lines.every((line) => line.startsWith("- "))
                ? h("ul", { class: "text" }, lines.map((line) => h("li", {}, inline(line.slice(2)))))
                : h("p", {}, inline(block));
            });
          }

          // A box whose inside is made when it is opened for the first time, so that schemas may refer to themselves.
          function box(summary, fill, open) {
            const inside = h("div", { class: "inside" });
            const element = h("details", { class: "box" }, h("summary", {}, summary), inside);
            const make = () => { if (!inside.childNodes.length) inside.append(...[fill()].flat(9).filter(Boolean)); };
            element.addEventListener("toggle", () => { if (element.open) make(); });
            if (open) { make(); element.open = true; }
            return element;
          }

          function code(value) {
            const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
            const block = h("div", { class: "code" }, h("pre", { tabindex: "0" }, text));
            if (navigator.clipboard) {
              const button = h("button", { type: "button" }, "Copy");
              button.addEventListener("click", async () => {
                try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; }
                catch { button.textContent = "Not allowed"; }
                setTimeout(() => { button.textContent = "Copy"; }, 1500);
              });
              block.append(button);
            }
            return block;
          }

          // Schemas

          function typeOf(schema) {
            const name = nameOf(schema);
            const found = resolve(schema);
            if (found === true || !found || !Object.keys(found).length) return "anything";
            if (name) return name;
            if (found.anyOf || found.oneOf) {
              const parts = (found.anyOf || found.oneOf).filter((part) => !part.required).map(typeOf);
              if (parts.length) return parts.join(" or ");
            }
            const types = [found.type || "anything"].flat();
            return types.map((type) => {
              if (type === "array") return `list of ${typeOf(found.items)}`;
              return type === "string" && found.format ? `${type} (${found.format})` : type;
            }).join(" or ");
          }

          function limits(schema) {
            const parts = [];
            const say = (word, value) => { if (value !== undefined) parts.push(`${word} ${JSON.stringify(value)}`); };
            say("at least", schema.minimum); say("at most", schema.maximum);
            say("at least so many:", schema.minItems); say("at most so many:", schema.maxItems);
            if (schema.minLength === 1) parts.push("not empty");
            say("default", schema.default);
            const items = resolve(schema.items) || {};
            const values = schema.enum || items.enum;
            const lines = [];
            if (parts.length) lines.push(h("p", { class: "soft" }, parts.join(", ")));
            if (values) {
              lines.push(h("p", {}, h("span", { class: "soft" }, "one of "), values.map((value, index) =>
                [index ? ", " : "", h("code", {}, value === null ? "null" : String(value))])));
            }
            const pattern = schema.pattern;
            if (pattern) lines.push(h("p", {}, h("span", { class: "soft" }, "pattern "), h("code", {}, pattern)));
            if (schema.examples) {
              lines.push(h("p", {}, h("span", { class: "soft" }, "such as "), schema.examples.map((value, index) =>
                [index ? ", " : "", h("code", {}, typeof value === "string" ? value : JSON.stringify(value))])));
            }
            return lines;
          }

          const losses = {
            critical: "never dropped", value: "refused if it would be lost", advisory: "may be converted",
          };

          function row(name, schema, required) {
            const found = resolve(schema);
            const tags = [];
            if (required) tags.push(h("span", { class: "tag need" }, "required"));
            if (found.readOnly) tags.push(h("span", { class: "tag" }, "read only"));
            if (found.writeOnly) tags.push(h("span", { class: "tag" }, "requests only"));
            const loss = losses[found["x-timegate-loss"]];
            return h("div", {},
              h("dt", {}, h("code", {}, name), tags),
              h("dd", {}, h("span", { class: "soft" }, typeOf(schema), loss ? ` · ${loss}` : null),
                nameOf(schema) ? null : prose(found.description), limits(found), inner(schema)));
          }

          // What can be opened of a schema: the members of an object, or of what a list is made of.
          function inner(schema) {
            const found = resolve(schema);
            const parts = found.anyOf || found.oneOf;
            if (parts && !found.properties) {
              return parts.filter((part) => part.$ref || part.properties).map((part) => opened(part));
            }
            if (found.items && found.items !== true) {
              const items = resolve(found.items);
              return items.properties || items.anyOf ? opened(found.items) : null;
            }
            if (found.properties) return opened(schema);
            if (found.additionalProperties && found.additionalProperties !== true) {
              const values = found.additionalProperties;
              const parts = values.anyOf || [values];
              return parts.filter((part) => (resolve(part) || {}).properties).map((part) => opened(part));
            }
            return null;
          }

          function opened(schema) {
            const name = nameOf(schema);
            return box(name ? h("code", {}, name) : "Members", () => members(schema));
          }

          function members(schema) {
            const found = resolve(schema);
            const all = Object.entries(found.properties || {});
            // What a caller may say comes first.
            all.sort(([, a], [, b]) => Number(Boolean(resolve(a).readOnly)) - Number(Boolean(resolve(b).readOnly)));
            return [
              nameOf(schema) || !all.length ? prose(found.description) : null,
              found["x-timegate-problems"] ? h("p", {}, h("a", { href: "#problems" }, "The codes one by one")) : null,
              all.length
                ? h("dl", {}, all.map(([name, value]) => row(name, value, (found.required || []).includes(name))))
                : [limits(found), inner(schema)],
            ];
          }

          // Operations

          function parameter(node) {
            const found = resolve(node);
            const tags = [h("span", { class: "tag" }, found.in)];
            if (found.required) tags.push(h("span", { class: "tag need" }, "required"));
            const example = found.example === undefined ? null
              : h("p", {}, h("span", { class: "soft" }, "such as "),
                  h("code", {}, typeof found.example === "string" ? found.example : JSON.stringify(found.example)));
            const isDeep = found.style === "deepObject";
            return h("div", {}, h("dt", {}, h("code", {}, isDeep ? `${found.name}[…]` : found.name), tags),
              h("dd", {}, h("span", { class: "soft" }, isDeep ? "string" : typeOf(found.schema)),
                prose(found.description), limits(found.schema), example));
          }

          function examples(media) {
            return Object.values(media.examples || {}).map((node) => {
              const found = resolve(node);
              return box(["Example: ", found.summary], () => code(found.value));
            });
          }

          function content(node) {
            const all = Object.entries(node.content || {});
            return all.map(([type, media], index) => {
              const same = index && JSON.stringify(media) === JSON.stringify(all[0][1]);
              if (same) return h("p", {}, "or ", h("code", {}, type), ", the same");
              const found = resolve(media.schema);
              const isNamed = nameOf(media.schema) || found.allOf;
              const parts = [h("p", {}, h("code", {}, type), " ",
                isNamed ? null : h("span", { class: "soft" }, typeOf(media.schema)))];
              if (found.allOf) parts.push(opened(found.allOf[0]));
              else if (nameOf(media.schema)) parts.push(opened(media.schema));
              else parts.push(prose(found.description), inner(media.schema));
              return [parts, examples(media)];
            });
          }

          function answer(status, node) {
            const found = resolve(node);
            const first = (found.description || "").split("\n\n")[0];
            const codes = ((found.content || {})["application/problem+json"] || {}).schema;
            const list = codes && codes.allOf ? codes.allOf[1].properties.code.enum : [];
            const summary = [h("span", { class: "status" }, status),
              list.length ? list.map((name, index) => [index ? ", " : "", h("code", {}, name)]) : prose(first)];
            return box(summary, () => [
              found.description === first ? null : prose(found.description),
              h("dl", {}, Object.entries(found.headers || {}).map(([name, value]) => {
                const header = resolve(value);
                return h("div", {}, h("dt", {}, h("code", {}, name), h("span", { class: "tag" }, "header")),
                  h("dd", {}, prose(header.description), header.example ? h("code", {}, header.example) : null));
              })),
              content(found)]);
          }

          const search = (element, words) => { element.dataset.words = words.join(" ").toLowerCase(); return element; };

          function operation(path, method, item, node) {
            const security = node.security || doc.security;
            const scopes = security.flatMap((one) => Object.values(one)).flat();
            const scope = !security.length ? "No key is needed."
              : scopes.length ? ["Needs a key with the scope ", h("code", {}, scopes.join(", ")), "."] : "Needs a key.";
            const parameters = [...(item.parameters || []), ...(node.parameters || [])];
            const body = node.requestBody;
            const id = node.operationId, title = `${id}-title`;
            const section = h("section", { class: "operation", id, "aria-labelledby": title },
              h("h3", { id: title }, node.summary),
              h("p", { class: "address" },
                h("span", { class: `method ${method}` }, method.toUpperCase()), h("code", {}, path)),
              prose(node.description), h("p", { class: "soft" }, scope),
              parameters.length ? h("h4", {}, "Parameters") : null,
              h("dl", { class: "first" }, parameters.map(parameter)),
              body ? h("h4", {}, "Body ", body.required ? null : h("span", { class: "tag" }, "optional")) : null,
              body ? content(body) : null,
              h("h4", {}, "Answers"), Object.entries(node.responses).map(([status, value]) => answer(status, value)));
            return search(section, [method, path, node.summary, node.operationId, node.description || ""]);
          }

          function render() {
            $("version").textContent = `API ${doc.info.version}`;
            const main = $("main"), nav = $("nav");
            const all = Object.entries(doc.paths).flatMap(([path, item]) =>
              Object.entries(item).filter(([method]) => method !== "parameters")
                .map(([method, node]) => ({ path, method, item, node })));
            main.replaceChildren(h("h2", { id: "about" }, doc.info.summary), ...prose(doc.info.description));
            main.append(...prose(doc.components.securitySchemes.key.description));
            nav.replaceChildren();
            for (const tag of doc.tags) {
              const group = all.filter((one) => one.node.tags.includes(tag.name));
              const id = `tag-${tag.name.toLowerCase()}`;
              main.append(h("section", { "aria-labelledby": id }, h("h2", { id }, tag.name), prose(tag.description),
                group.map((one) => operation(one.path, one.method, one.item, one.node))));
              nav.append(h("h2", {}, tag.name), h("ul", {}, group.map((one) =>
                search(h("li", {}, h("a", { href: `#${one.node.operationId}` },
                  h("span", { class: `method ${one.method}` }, one.method.toUpperCase()), one.node.summary)),
                  [one.method, one.path, one.node.summary, one.node.operationId, one.node.description || ""]))));
            }
            const problems = doc.components.schemas.ProblemCode["x-timegate-problems"];
            main.append(h("section", { "aria-labelledby": "problems" }, h("h2", { id: "problems" }, "Problem codes"),
              h("p", {}, "Every problem is ", h("code", {}, "application/problem+json"),
                " (RFC 9457) with one of these in ", h("code", {}, "code"), "."),
              h("dl", {}, problems.map((one) => search(h("div", { id: `problem-${one.code}` },
                h("dt", {}, h("code", {}, one.code), h("span", { class: "tag" }, String(one.status))),
                h("dd", {}, `${one.title}. `, h("span", { class: "soft" }, inline(one.hint)))),
                [one.code, String(one.status), one.title, one.hint])))));
            main.append(h("section", { "aria-labelledby": "schemas" }, h("h2", { id: "schemas" }, "Schemas"),
              Object.keys(doc.components.schemas).map((name) =>
                search(opened({ $ref: `#/components/schemas/${name}` }), [name]))));
            nav.append(h("h2", {}, "Reference"), h("ul", {},
              [["problems", "Problem codes"], ["schemas", "Schemas"]].map(([id, text]) =>
                h("li", {}, h("a", { href: `#${id}` }, text)))));
            const target = location.hash && $(location.hash.slice(1));
            if (target) target.scrollIntoView();
          }

          function find() {
            const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
            for (const element of document.querySelectorAll("[data-words]")) {
              element.hidden = !words.every((word) => element.dataset.words.includes(word));
            }
            for (const section of document.querySelectorAll("main > section, nav ul")) {
              const all = [...section.querySelectorAll("[data-words]")];
              const isEmpty = all.length > 0 && all.every((element) => element.hidden);
              section.hidden = isEmpty;
              if (section.tagName === "UL") section.previousElementSibling.hidden = isEmpty;
            }
          }

          // The contents are open where there is room for them beside the text.
          const wide = matchMedia("(min-width: 60.01rem)");
          const fit = () => { $("contents").open = wide.matches; };
          wide.addEventListener("change", fit);
          fit();
          $("nav").addEventListener("click", (event) => {
            if (event.target.closest("a") && !wide.matches) $("contents").open = false;
          });
          $("find").addEventListener("input", find);

          (async () => {
            try {
              const response = await fetch("openapi.json");
              if (!response.ok) throw new Error(`openapi.json answered ${response.status}.`);
              doc = await response.json();
              render();
              find();
            } catch (error) {
              $("status").textContent = `The description could not be loaded: ${error.message}`;
            }
          })();
        })();
        """#
}
