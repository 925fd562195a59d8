// Writes what follows from the types of js/src/decide.ts: js/openapi.json, the description of the API for programs of others, and
// js/src/question.ts, the table by which the edge checks questions. Part of `npm run contract`; a test compares both with the types.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createGenerator } from "ts-json-schema-generator";
import { root } from "./setup.mjs";

export const FILES = { openapi: join(root, "js/openapi.json"), table: join(root, "js/src/question.ts") };
const TYPES = ["Question", "Batch", "Answer", "Answers", "Refused", "Abandonment", "SinkPost"];

/** The JSON Schemas of the types, by name. */
function schemas() {
  const generator = createGenerator({
    path: join(root, "js/src/decide.ts"),
    tsconfig: join(root, "js/tsconfig.json"),
    expose: "export",
    topRef: true,
    jsDoc: "extended",
    extraTags: ["itemsMaxLength"],
    additionalProperties: false,
    // The checker of this library is another one than the package's own, which `npm run check` runs.
    skipTypeCheck: true,
    sortProps: false,
  });
  const found = {};
  for (const name of TYPES) Object.assign(found, generator.createSchema(name).definitions);
  const text = JSON.stringify(found).replaceAll("#/definitions/", "#/components/schemas/");
  const all = JSON.parse(text);
  // GA4's events come with whatever parameters a shop has, and the engine reads those that it knows.
  for (const name of ["EventParams", "Item", "SentItem", "Exposure"]) if (all[name]) all[name].additionalProperties = true;
  for (const schema of Object.values(all)) bound(schema);
  return all;
}

/** Puts the bound of a list's texts where JSON Schema has it. */
function bound(schema) {
  for (const value of Object.values(schema)) if (value && typeof value === "object") bound(value);
  if (schema.itemsMaxLength === undefined) return;
  schema.items.maxLength = schema.itemsMaxLength;
  delete schema.itemsMaxLength;
}

const json = (schema) => ({ content: { "application/json": { schema } } });
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const refusal = (description) => ({ description, ...json(ref("Refused")) });
const TEXT = { type: "string" };
const header = (name, description, required = false) => ({ name, in: "header", required, description, schema: TEXT });
const query = (name, description, maxLength, required = false) => ({
  name,
  in: "query",
  required,
  description,
  schema: { type: "string", maxLength },
});
const SIGNATURE = header(
  "slotwise-signature",
  "`t=<milliseconds since 1970>,v1=<hexadecimal HMAC-SHA256>`, with the key `DECIDE_KEY`, of the time as it stands there, a dot, and the body (of a GET: the text that `q` encodes).",
);
const SENT_SIGNATURE = (key) =>
  header(
    "slotwise-signature",
    `\`t=<milliseconds since 1970>,v1=<hexadecimal HMAC-SHA256>\`, with the key \`${key}\`, of the time as it stands there, a dot, and the body. Missing without a key.`,
  );
const REFUSALS = {
  400: refusal("The question is no JSON, or a field is unknown, of a wrong type or too long. `error` names it by its path."),
  401: refusal("The signature is wrong, or what is asked needs one."),
  403: refusal("The request comes from a page of another site."),
  404: refusal("The plan has no slot of this name."),
  429: refusal("Too many requests of this client."),
};
const ANSWERS = {
  description: "The decisions.",
  headers: { etag: { description: "Changes with the answer.", schema: TEXT } },
  ...json({ oneOf: [ref("Answer"), ref("Answers")] }),
};
const MAIL = [
  { name: "slot", in: "path", required: true, description: "Name of the slot.", schema: { type: "string", maxLength: 100 } },
  query("token", "The visit to decide for, as an answer returned it. It counts also if it has ended.", 512),
  query(
    "items",
    "Ids of at most 20 products, separated by commas: what is shown without a token, or where the slot keeps the shop's own content.",
    2000,
  ),
  query("lang", "Language, as a BCP 47 tag.", 100),
  query(
    "s",
    "base64url HMAC-SHA256, with the key `DECIDE_KEY`, of `mail/<slot>?` and the query as it stands before `&s=`. The last parameter.",
    43,
    true,
  ),
];
const PLACE = {
  name: "place",
  in: "path",
  required: true,
  description: "Place in the slot, from 1.",
  schema: { type: "integer", minimum: 1, maximum: 20 },
};
const MOVED = { 302: { description: "To the catalogue's own address.", headers: { location: { schema: TEXT } } }, 401: REFUSALS[401] };

/** The description of the API. */
function openapi() {
  const { version } = JSON.parse(readFileSync(join(root, "js/package.json"), "utf8"));
  const { 429: _, ...ofGet } = REFUSALS;
  return {
    openapi: "3.1.0",
    info: {
      title: "Slotwise at the edge",
      version,
      description: "Decisions for callers other than a page: e-mail, push, apps and server-rendered shops.",
      license: { name: "Apache-2.0 OR MIT", identifier: "Apache-2.0 OR MIT" },
    },
    servers: [{ url: "/_slotwise" }],
    paths: {
      "/decide": {
        post: {
          operationId: "decide",
          summary: "Decides. Nothing is stored.",
          parameters: [SIGNATURE],
          requestBody: { required: true, ...json({ oneOf: [ref("Question"), ref("Batch")] }) },
          responses: {
            200: ANSWERS,
            ...REFUSALS,
            413: refusal("The body is too long."),
            415: refusal("The content type is not application/json."),
          },
        },
        get: {
          operationId: "decideByQuery",
          summary: "The same for callers that can only fetch. Answers 304 if the caller has the answer already.",
          parameters: [
            { ...query("q", "The question: its JSON as base64url.", 8000, true) },
            SIGNATURE,
            header("if-none-match", "The `etag` of an earlier answer."),
          ],
          responses: { 200: ANSWERS, 304: { description: "The answer is the one with this `etag`." }, ...REFUSALS },
        },
      },
      "/mail/{slot}/{place}.jpg": {
        get: {
          operationId: "mailPicture",
          summary: "The picture of a product, for a mail.",
          parameters: [...MAIL, PLACE],
          responses: MOVED,
        },
      },
      "/mail/{slot}/{place}/link": {
        get: { operationId: "mailLink", summary: "The page of a product, for a mail.", parameters: [...MAIL, PLACE], responses: MOVED },
      },
      "/mail/{slot}.html": {
        get: {
          operationId: "mailBlock",
          summary: "The products of a slot as a block of HTML for a mail.",
          parameters: MAIL,
          responses: { 200: { description: "A table.", content: { "text/html": { schema: TEXT } } }, ...ofGet },
        },
      },
    },
    webhooks: {
      abandonment: {
        post: {
          summary: "Sent to `TRIGGERS_URL` when a visit has been silent for `TRIGGERS_SECS`, at most once a visit.",
          parameters: [SENT_SIGNATURE("TRIGGERS_KEY")],
          requestBody: { required: true, ...json(ref("Abandonment")) },
          responses: { default: { description: "The Worker does not read it, and does not send again." } },
        },
      },
      events: {
        post: {
          summary: "Accepted events, sent to `SINK_URL`.",
          parameters: [SENT_SIGNATURE("SINK_KEY"), header("authorization", "`Bearer <SINK_TOKEN>`, if that is set.")],
          requestBody: { required: true, ...json(ref("SinkPost")) },
          responses: {
            "2XX": { description: "Taken." },
            default: { description: "Not taken. With a Queue the Worker sends again, except after 400, 413 and 415." },
          },
        },
      },
    },
    components: { schemas: schemas() },
  };
}

/**
 * A schema as the edge checks it: a positive number is a text of at most that length, a negative one a number from 0 to its absolute value, `true` a
 * boolean, words with `|` between them are those to choose from, a list of two is a list with its length and its entries, and `false` is any object.
 */
function shape(schema, all, path) {
  const name = schema.$ref?.split("/").at(-1);
  // Names of events that the engine does not use are ignored, not refused.
  if (name === "EventName") return schema.maxLength ?? 100;
  if (name === "EventParams") return false;
  const { type, properties, items, maxItems, maxLength, maximum, enum: words } = { ...all[name], ...schema };
  const must = (bound, what) => {
    if (bound === undefined) throw new Error(`${path} has no bound; add @${what} to its comment in js/src/decide.ts`);
    return bound;
  };
  if (words) return words.join("|");
  if (type === "string") return must(maxLength, "maxLength");
  if (type === "number" || type === "integer") return -must(maximum, "maximum");
  if (type === "boolean") return true;
  if (type === "array") return [must(maxItems, "maxItems"), shape(items, all, `${path}[]`)];
  if (type !== "object") throw new Error(`${path} is of a type that questions cannot have`);
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, shape(value, all, `${path}.${key}`)]));
}

const literal = (value) => {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${literal(each)}`)
    .join(", ")} }`;
};

/** The table as TypeScript. */
function table(all) {
  const lines = Object.entries(shape(ref("Question"), all, "Question")).map(([key, value]) => `  ${key}: ${literal(value)},`);
  return `// Written by \`npm run contract\` from js/src/decide.ts: do not edit.
//
// What a question may hold: a positive number is a text of at most that length, a negative one a number from 0 to its absolute value,
// \`true\` a boolean, words with \`|\` between them are those to choose from, a list of two is a list with its length and its entries, and
// \`false\` is any object.

export type Shape = number | boolean | string | [number, Shape] | { [name: string]: Shape };

export const QUESTION: { [name: string]: Shape } = {
${lines.join("\n")}
};

/** Most questions of a batch. */
export const MAX_QUESTIONS = ${all.Batch.properties.questions.maxItems};
`;
}

/** A text as the project's formatter has it. */
function formatted(file, text) {
  const words = ["format", `--stdin-file-path=${file}`];
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin/biome"), words, { cwd: root, input: text, encoding: "utf8" });
  if (status !== 0) throw new Error(`biome: ${stderr}`);
  return stdout;
}

/** The text of both files. */
export function written() {
  const described = openapi();
  return {
    openapi: `${JSON.stringify(described, null, 2)}\n`,
    table: formatted(FILES.table, table(described.components.schemas)),
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const texts = written();
  for (const [name, file] of Object.entries(FILES)) writeFileSync(file, texts[name]);
}
